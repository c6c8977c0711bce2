#include <fmt/format.h>

#include "rules/rule.h"

namespace detaudit::rules {

// Float additions from several threads that land in no fixed order: the schedule decides the bytes,
// and the difference is rounding alone, so every addition arrived.
std::optional<Conclusion> float_atomics(const OriginEvidence& evidence) {
  if (evidence.kind != instrument::EventKind::kOperation) return std::nullopt;
  auto schedule = schedule_decides(evidence);
  if (!schedule || difference_size(evidence) != DifferenceSize::kRounding) return std::nullopt;
  Conclusion conclusion;
  conclusion.cause = Cause::kFloatAtomics;
  conclusion.proof = schedule->proof;
  conclusion.code = "DET101";
  conclusion.evidence = std::move(schedule->sentences);
  conclusion.evidence.push_back(
      fmt::format("the difference is of the size of rounding ({:.2g} of the largest value): every "
                  "addition arrived, in another order",
                  evidence.magnitude->max_abs /
                      (evidence.change_scale > 0 ? evidence.change_scale : 1.0)));
  conclusion.fix =
      "accumulate in a fixed order: one owner per output, or partials of fixed chunks folded by "
      "index";
  return conclusion;
}

}  // namespace detaudit::rules
