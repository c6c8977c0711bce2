#include "auditor/experiments/evidence.h"

#include <algorithm>
#include <string>
#include <vector>

#include "auditor/experiments/drawn_name.h"
#include "auditor/experiments/line_sums.h"
#include "instrument/trace/capture.h"

namespace detaudit::auditor {
namespace {

using instrument::CapturedBuffer;

const CapturedBuffer* find(const std::vector<CapturedBuffer>& captures, uint64_t identity,
                           uint32_t output) {
  auto it = std::find_if(captures.begin(), captures.end(), [&](const CapturedBuffer& c) {
    return c.identity == identity && c.output == output;
  });
  return it == captures.end() ? nullptr : &*it;
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
  const auto first = instrument::read_captures(a);
  const auto second = instrument::read_captures(b);
  for (uint64_t identity : group.identities) {
    for (uint32_t output = 0; output < group.signature.outputs.size(); ++output) {
      const CapturedBuffer* x = find(first, identity, output);
      const CapturedBuffer* y = find(second, identity, output);
      if (!x || !y || x->bytes.size() != y->bytes.size() || x->dtype != y->dtype) continue;
      const auto magnitude =
          kernels::compare_buffers(x->bytes.data(), y->bytes.data(),
                                   x->bytes.size() / kernels::element_bytes(x->dtype), x->dtype);
      if (magnitude.differing == 0) continue;
      if (evidence.magnitude && evidence.magnitude->max_abs >= magnitude.max_abs) continue;
      evidence.magnitude = magnitude;
      evidence.change_scale = magnitude.scale;
      evidence.epsilon = dtype_epsilon(x->dtype);
    }
  }
}

namespace {

// The same elements of `size` bytes, and not all in the same place.
bool is_permutation_of(const CapturedBuffer& a, const CapturedBuffer& b) {
  const size_t size = kernels::element_bytes(a.dtype);
  if (a.dtype != b.dtype || a.bytes.size() != b.bytes.size() || a.bytes == b.bytes) return false;
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

void add_permutation(const OriginGroup& group, const std::filesystem::path& a,
                     const std::filesystem::path& b, rules::OriginEvidence& evidence) {
  if (group.first.kind == instrument::EventKind::kOutput) {
    const auto lines = kept_line_sum(a, group.first.op);
    evidence.permuted |= lines && lines == kept_line_sum(b, group.first.op);
    return;
  }
  const auto first = instrument::read_captures(a);
  const auto second = instrument::read_captures(b);
  for (const CapturedBuffer& x : first) {
    if (std::find(group.identities.begin(), group.identities.end(), x.identity) ==
        group.identities.end()) {
      continue;
    }
    const CapturedBuffer* y = find(second, x.identity, x.output);
    evidence.permuted |= y && is_permutation_of(x, *y);
  }
}

}  // namespace detaudit::auditor
