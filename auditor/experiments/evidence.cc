#include "auditor/experiments/evidence.h"

#include <algorithm>
#include <string>
#include <vector>

#include "auditor/experiments/drawn_name.h"
#include "auditor/experiments/word_sums.h"
#include "instrument/trace/capture.h"

namespace detaudit::auditor {
namespace {

using instrument::CapturedBuffer;

// Calls `see` with what two runs captured of each output of the group that both have.
template <typename See>
void each_captured_pair(const OriginGroup& group, const std::filesystem::path& a,
                        const std::filesystem::path& b, See see) {
  for (uint64_t identity : group.identities) {
    for (uint32_t output = 0; output < group.signature.outputs.size(); ++output) {
      const auto x = instrument::read_capture(a, identity, output);
      if (!x) continue;
      const auto y = instrument::read_capture(b, identity, output);
      if (y && x->bytes.size() == y->bytes.size() && x->dtype == y->dtype) see(*x, *y);
    }
  }
}

// An output in one run only may be there in every run, each time under another name.
bool same_group(const OriginGroup& a, const OriginGroup& b) {
  if (a.shape != b.shape || a.first.kind != b.first.kind) return false;
  return a.first.op == b.first.op ||
         (a.shape == DivergenceShape::kOnlyInOneRun &&
          a.first.kind == instrument::EventKind::kOutput &&
          maybe_one_name(a.first.op, b.first.op));
}

}  // namespace

void tally(const OriginGroup& group, const Comparison& comparison, rules::FactorOutcome& outcome) {
  bool reached = false;
  bool diverged = std::any_of(comparison.groups.begin(), comparison.groups.end(),
                              [&](const OriginGroup& g) { return same_group(g, group); });
  for (uint64_t identity : group.identities) {
    auto it = comparison.watched.find(identity);
    if (it == comparison.watched.end()) continue;
    switch (it->second) {
      case EventOutcome::kAgrees:
        reached = true;
        break;
      case EventOutcome::kAbsent:
        reached |= group.shape == DivergenceShape::kOnlyInOneRun;
        break;
      case EventOutcome::kOrigin:
      case EventOutcome::kPropagated:
      case EventOutcome::kOnlyInFirst:
      case EventOutcome::kOnlyInSecond:
        break;
    }
  }
  if (reached || diverged) ++outcome.pairs;
  if (diverged) ++outcome.diverged;
}

void add_captured_magnitude(const OriginGroup& group, const std::filesystem::path& a,
                            const std::filesystem::path& b, rules::OriginEvidence& evidence) {
  each_captured_pair(group, a, b, [&](const CapturedBuffer& x, const CapturedBuffer& y) {
    const auto magnitude = kernels::compare_buffers(
        x.bytes.data(), y.bytes.data(), x.bytes.size() / kernels::element_bytes(x.dtype), x.dtype);
    if (magnitude.differing == 0) return;
    if (evidence.magnitude && evidence.magnitude->max_abs >= magnitude.max_abs) return;
    evidence.magnitude = magnitude;
    evidence.change_scale = magnitude.scale;
    evidence.epsilon = dtype_epsilon(x.dtype);
  });
}

namespace {

// Of two alike in size and type: the same elements, and not all in the same place.
bool is_permutation_of(const CapturedBuffer& a, const CapturedBuffer& b) {
  const size_t size = kernels::element_bytes(a.dtype);
  if (a.bytes == b.bytes) return false;
  auto sorted = [size](const auto& bytes) {
    std::vector<std::string> elements;
    for (size_t at = 0; at + size <= bytes.size(); at += size) {
      elements.emplace_back(reinterpret_cast<const char*>(bytes.data()) + at, size);
    }
    std::sort(elements.begin(), elements.end());
    return elements;
  };
  return sorted(a.bytes) == sorted(b.bytes);
}

}  // namespace

bool in_other_order(const OriginGroup& group, const std::filesystem::path& a,
                    const std::filesystem::path& b) {
  if (group.first.kind == instrument::EventKind::kOutput) {
    const auto words = kept_word_sum(a, group.first.op);
    return words && words == kept_word_sum(b, group.first.op);
  }
  bool permuted = false;
  each_captured_pair(group, a, b, [&](const CapturedBuffer& x, const CapturedBuffer& y) {
    permuted |= is_permutation_of(x, y);
  });
  return permuted;
}

}  // namespace detaudit::auditor
