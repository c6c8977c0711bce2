#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "rules/gpu_code.h"
#include "rules/rule.h"

namespace detaudit::rules {
namespace {

using instrument::AtomicForm;
using instrument::CodeFact;
using instrument::CountedFact;
using instrument::OrderEffect;
using instrument::SwapLoop;
using instrument::TimingKind;

constexpr size_t kFactsShown = 6;

// What a fact of the code lets the order of threads do.
enum class Reach {
  kNothing,
  kRounding,   // float additions land in no fixed order
  kPlacement,  // the code sees who came first: it may decide by it
  kClock,      // the code sees the time
};

Reach reach(const CodeFact& fact) {
  if (fact.kind == CodeFact::Kind::kTiming)
    return fact.timing == TimingKind::kClock ? Reach::kClock : Reach::kPlacement;
  if (fact.kind != CodeFact::Kind::kAtomic) return Reach::kNothing;
  switch (order_effect(fact.atomic)) {
    case OrderEffect::kFloatSum:
    case OrderEffect::kFloatSwapLoop:
    case OrderEffect::kFloatBulkSum:
    // Of integers it would leave the same bytes in any order: what varies by it adds floats.
    case OrderEffect::kUntypedSum:
      return Reach::kRounding;
    case OrderEffect::kFloatMinMax:
    case OrderEffect::kInteger:
      return fact.atomic.answers || fact.atomic.operation == instrument::AtomicOperation::kExchange
                 ? Reach::kPlacement
                 : Reach::kNothing;
  }
  return Reach::kNothing;
}

std::string what(const CodeFact& fact) {
  if (fact.kind == CodeFact::Kind::kTiming) {
    switch (fact.timing) {
      case TimingKind::kPoll:
        return "loop that reads memory which other blocks may write meanwhile";
      case TimingKind::kClock:
        return "reading of the device's clock";
      case TimingKind::kProcessor:
        return "reading of which multiprocessor it runs on";
    }
  }
  return fmt::format("{} on {} memory{}", instruction_text(fact.atomic),
                     space_name(fact.atomic.space),
                     reach(fact) == Reach::kPlacement ? ", whose answer is used" : "");
}

std::string line_of(const CountedFact& counted) {
  const CodeFact& fact = counted.fact;
  std::string place =
      fact.offset == CodeFact::kInCallee
          ? std::string(", in a function that it calls")
          : fmt::format(", {}at +{:#x}", counted.instructions > 1 ? "the first " : "", fact.offset);
  if (fact.line) place += fmt::format(" ({}:{})", fact.file, fact.line);
  return fmt::format("in its code: {} x {}{}", counted.instructions, what(fact), place);
}

bool is_kernel_origin(const OriginEvidence& evidence) {
  return evidence.code && evidence.kind == instrument::EventKind::kOperation &&
         evidence.shape == OriginShape::kOutputsDiffer;
}

std::vector<CountedFact> facts_that(const OriginEvidence& evidence, Reach wanted) {
  std::vector<CountedFact> found;
  if (!evidence.code) return found;
  for (const CountedFact& counted : evidence.code->facts)
    if (reach(counted.fact) == wanted) found.push_back(counted);
  return found;
}

// Capable of is not executed: the code alone infers; that the kernel varied when it was executed
// again on equal inputs leaves only what the code does.
Conclusion begin(const OriginEvidence& evidence) {
  Conclusion conclusion;
  const ReplayCount& replays = evidence.replays_free;
  if (replays.unlike > 0) {
    conclusion.proof = Proof::kReplay;
    conclusion.evidence.push_back(fmt::format(
        "replayed on the device: {} of {} executions on equal inputs gave another result "
        "than the commonest",
        replays.unlike, replays.executions));
  } else if (replays.executions > 0) {
    conclusion.evidence.push_back(fmt::format(
        "replayed on the device: {} executions on equal inputs gave one result, so that the cause "
        "rests on the code alone",
        replays.executions));
  } else {
    conclusion.evidence.push_back(
        "inferred from its code: what it is capable of it need not have executed");
    for (const std::string& why : evidence.not_replayed) conclusion.evidence.push_back(why);
  }
  return conclusion;
}

void place_at(Conclusion& conclusion, const std::vector<CountedFact>& facts) {
  for (const CountedFact& counted : facts) {
    if (counted.fact.line == 0) continue;
    conclusion.file = counted.fact.file;
    conclusion.line = counted.fact.line;
    return;
  }
}

}  // namespace

std::vector<std::string> describe_code(const OriginEvidence& evidence) {
  std::vector<std::string> lines;
  if (!evidence.code) return lines;
  size_t left = 0;
  for (Reach wanted : {Reach::kRounding, Reach::kPlacement, Reach::kClock, Reach::kNothing}) {
    for (const CountedFact& counted : facts_that(evidence, wanted)) {
      if (counted.fact.kind == CodeFact::Kind::kWhole || counted.fact.kind == CodeFact::Kind::kPart)
        continue;
      if (lines.size() == kFactsShown)
        ++left;
      else
        lines.push_back(line_of(counted));
    }
  }
  if (left) lines.push_back(fmt::format("in its code: {} more such places", left));
  if (!evidence.code->whole)
    lines.push_back("not all of the code that it may run could be read");
  else if (facts_that(evidence, Reach::kRounding).empty())
    lines.push_back(lines.empty()
                        ? "its code has no atomics, looks at no other block's progress and "
                          "reads no clock"
                        : "its code adds no floats in open order");
  return lines;
}

// A kernel whose code adds floats as its threads arrive.
std::optional<Conclusion> kernel_float_sums(const OriginEvidence& evidence) {
  if (!is_kernel_origin(evidence)) return std::nullopt;
  const auto sums = facts_that(evidence, Reach::kRounding);
  if (sums.empty()) return std::nullopt;
  Conclusion conclusion = begin(evidence);
  conclusion.cause = Cause::kFloatAtomics;
  conclusion.code = "DET101";
  place_at(conclusion, sums);
  conclusion.fix =
      "accumulate in a fixed order: one owner per output, or partials of fixed blocks folded by "
      "index "
      "(`detaudit kernels list` has such twins); of a library or framework, ask for its "
      "deterministic "
      "algorithm";
  if (std::string fix = library_fix(evidence); !fix.empty()) conclusion.fix = fix;
  return conclusion;
}

namespace {

// Nothing in its code depends on other threads; it does read the time.
std::optional<Conclusion> clock_read(const OriginEvidence& evidence) {
  const auto seen = facts_that(evidence, Reach::kClock);
  if (seen.empty()) return std::nullopt;
  Conclusion conclusion = begin(evidence);
  conclusion.cause = Cause::kTimeDependence;
  conclusion.code = "DET116";
  place_at(conclusion, seen);
  conclusion.fix =
      "pass a seed or a step number to the kernel instead of reading clock64() or %globaltimer in "
      "it";
  return conclusion;
}

}  // namespace

// A kernel that adds no floats in open order, and whose code sees which of its blocks came first.
std::optional<Conclusion> kernel_block_order(const OriginEvidence& evidence) {
  if (!is_kernel_origin(evidence) || !evidence.code->whole) return std::nullopt;
  if (!facts_that(evidence, Reach::kRounding).empty()) return std::nullopt;
  const auto seen = facts_that(evidence, Reach::kPlacement);
  if (seen.empty()) return clock_read(evidence);
  Conclusion conclusion = begin(evidence);
  conclusion.cause = Cause::kThreadScheduling;
  conclusion.code = "DET115";
  place_at(conclusion, seen);
  conclusion.fix =
      "let an index decide what each block does and in which order partial results are folded, not "
      "arrival (no look-back over float sums, no slots from a counter); of CUB or Thrust, a "
      "version or "
      "an algorithm that guarantees run-to-run determinism";
  return conclusion;
}

}  // namespace detaudit::rules
