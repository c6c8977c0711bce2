#include "rules/rule.h"

namespace detaudit::rules {

// Float additions from several threads that land in no fixed order: the schedule decides the bytes,
// by rounding alone, and where additions are exact it decides nothing, so every one arrives.
std::optional<Conclusion> float_atomics(const OriginEvidence& evidence) {
  if (evidence.kind != instrument::EventKind::kOperation) return std::nullopt;
  auto schedule = schedule_decides(evidence);
  if (!schedule || difference_size(evidence) != DifferenceSize::kRounding ||
      arrivals(evidence) != Arrivals::kAll) {
    return std::nullopt;
  }
  Conclusion conclusion;
  conclusion.cause = Cause::kFloatAtomics;
  conclusion.proof = schedule->proof;
  conclusion.code = "DET101";
  conclusion.evidence = std::move(schedule->sentences);
  conclusion.evidence.push_back(
      "every addition arrives, in another order: replayed on inputs that leave nothing to round, " +
      describe_exact_replays(evidence));
  conclusion.fix =
      "accumulate in a fixed order: one owner per output, or partials of fixed chunks folded by "
      "index";
  return conclusion;
}

}  // namespace detaudit::rules
