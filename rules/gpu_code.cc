#include "rules/gpu_code.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <set>
#include <tuple>

namespace detaudit::rules {
namespace {

using instrument::Atomic;
using instrument::AtomicForm;
using instrument::OrderEffect;
using reports::Severity;

constexpr size_t kUsesShown = 8;

struct Judgement {
  const char* code;
  Severity severity;
  const char* says;  // {} is the list of types
  const char* fix;
};

constexpr const char* kOwner =
    "give every output one owner that adds in a fixed order, or fold partial sums of fixed blocks "
    "by index; of a library, ask for its deterministic algorithm";
constexpr const char* kRead = "`detaudit explain` says when the order can show";

Judgement judgement(OrderEffect effect, CodeForm form) {
  const bool ptx = form == CodeForm::kPtx;
  switch (effect) {
    case OrderEffect::kFloatSum:
      if (!ptx)
        return {"DET401", Severity::kError, "adds {} numbers atomically, in no fixed order",
                kOwner};
      break;
    case OrderEffect::kFloatSwapLoop:
      if (ptx)
        return {"DET406", Severity::kNote,
                "computes in {} in a loop around a compare-and-swap (PTX)",
                "compile for a real architecture and scan again"};
      return {"DET402", Severity::kError,
              "computes in {} in a compare-and-swap loop, in no fixed order", kOwner};
    case OrderEffect::kFloatBulkSum:
      if (!ptx)
        return {"DET403", Severity::kError,
                "adds tiles of {} numbers by bulk reductions, in no fixed order",
                "let one block own a tile and loop over its parts, or store the parts and "
                "fold them in order"};
      break;
    case OrderEffect::kUntypedSum:
      return {"DET404", Severity::kWarning,
              "adds tiles through a tensor map that alone knows their type",
              "see which type the host encodes: floats are added in no fixed order"};
    case OrderEffect::kFloatMinMax:
      return {"DET407", Severity::kNote, "takes extrema of floats atomically", kRead};
    case OrderEffect::kInteger:
      return {"DET408", Severity::kNote, "has atomics on integers", kRead};
  }
  return {"DET405", Severity::kWarning,
          "adds {} numbers atomically once it is compiled (PTX), in no fixed order", kOwner};
}

// The loop that the compiler writes for a sum beside its instruction belongs to the same finding.
OrderEffect grouped(OrderEffect effect, const std::set<OrderEffect>& there) {
  const bool beside =
      effect == OrderEffect::kFloatSwapLoop && there.contains(OrderEffect::kFloatSum);
  return beside ? OrderEffect::kFloatSum : effect;
}

std::string use_text(const AtomicUse& use, const std::map<unsigned, uint32_t>& by_sm,
                     CodeForm form) {
  uint32_t least = UINT32_MAX, most = 0;
  std::vector<std::string> sms;
  for (const auto& [sm, count] : by_sm) {
    least = std::min(least, count);
    most = std::max(most, count);
    sms.push_back(fmt::format("{}_{}", form == CodeForm::kPtx ? "compute" : "sm", sm));
  }
  const std::string count =
      least == most ? fmt::format("{}", most) : fmt::format("{} to {}", least, most);
  const std::string place = use.line ? fmt::format(" at {}:{}", use.file, use.line) : "";
  return fmt::format("{} x {} on {} memory{} ({})", count, instruction_text(use.atomic),
                     space_name(use.atomic.space), place, fmt::join(sms, ", "));
}

void add_use(GpuFinding& finding, std::set<std::string>& types, const AtomicUse& use,
             const std::map<unsigned, uint32_t>& by_sm, CodeForm form) {
  types.insert(type_name(use.atomic.type));
  for (const auto& [sm, count] : by_sm) finding.sms.push_back(sm);
  if (finding.line == 0 && use.line != 0) {
    finding.file = use.file;
    finding.line = use.line;
  }
  finding.evidence.push_back(use_text(use, by_sm, form));
}

void finish(GpuFinding& finding, const std::set<std::string>& types) {
  std::sort(finding.sms.begin(), finding.sms.end());
  finding.sms.erase(std::unique(finding.sms.begin(), finding.sms.end()), finding.sms.end());
  const size_t at = finding.says.find("{}");
  if (at != std::string::npos) {
    finding.says.replace(at, 2, fmt::format("{}", fmt::join(types, " and ")));
  }
  if (finding.evidence.size() <= kUsesShown) return;
  const size_t more = finding.evidence.size() - kUsesShown;
  finding.evidence.resize(kUsesShown);
  finding.evidence.push_back(fmt::format("and {} more places", more));
}

}  // namespace

std::string instruction_text(const Atomic& atomic) {
  if (atomic.form != AtomicForm::kCompareSwap) {
    return fmt::format(
        "{} {}{}", form_name(atomic.form), operation_name(atomic.operation),
        atomic.form == AtomicForm::kTensorReduce ? "" : fmt::format(".{}", type_name(atomic.type)));
  }
  switch (atomic.loop) {
    case instrument::SwapLoop::kFloatArithmetic:
      return fmt::format("CAS loop around {} arithmetic", type_name(atomic.type));
    case instrument::SwapLoop::kFloatMinMax:
      return "CAS loop around a float comparison";
    case instrument::SwapLoop::kInteger:
      return "CAS loop without float arithmetic";
    case instrument::SwapLoop::kNone:
      return "CAS outside a loop";
  }
  return "CAS";
}

bool operator<(const AtomicUse& a, const AtomicUse& b) {
  auto key = [](const AtomicUse& use) {
    return std::tie(use.atomic.form, use.atomic.operation, use.atomic.type, use.atomic.space,
                    use.atomic.loop, use.file, use.line);
  };
  return key(a) < key(b);
}

std::vector<GpuFinding> judge(const KernelCode& kernel) {
  std::set<OrderEffect> there;
  for (const auto& [use, by_sm] : kernel.uses) there.insert(order_effect(use.atomic));
  std::map<std::string, std::pair<GpuFinding, std::set<std::string>>> by_code;
  for (const auto& [use, by_sm] : kernel.uses) {
    const Judgement said = judgement(grouped(order_effect(use.atomic), there), kernel.form);
    auto& [finding, types] = by_code[said.code];
    finding.code = said.code;
    finding.severity = said.severity;
    finding.says = said.says;
    finding.fix = said.fix;
    add_use(finding, types, use, by_sm, kernel.form);
  }
  std::vector<GpuFinding> findings;
  for (auto& [code, found] : by_code) {
    finish(found.first, found.second);
    findings.push_back(std::move(found.first));
  }
  return findings;
}

}  // namespace detaudit::rules
