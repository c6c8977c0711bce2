#include <fmt/format.h>

#include "rules/rule.h"

namespace detaudit::rules {

// The schedule decides the bytes, by more than rounding (or it is not known by how much): whole
// contributions are lost, or read at another time.
std::optional<Conclusion> thread_scheduling(const OriginEvidence& evidence) {
  if (evidence.kind == instrument::EventKind::kBatch) return std::nullopt;
  auto schedule = schedule_decides(evidence);
  if (!schedule || difference_size(evidence) == DifferenceSize::kRounding) return std::nullopt;
  Conclusion conclusion;
  conclusion.cause = Cause::kThreadScheduling;
  conclusion.proof = schedule->proof;
  conclusion.code = "DET106";
  conclusion.evidence = std::move(schedule->sentences);
  if (difference_size(evidence) == DifferenceSize::kBeyondRounding) {
    const double scale =
        evidence.change_scale > 0 ? evidence.change_scale : evidence.magnitude->scale;
    conclusion.evidence.push_back(fmt::format(
        "the difference is {:.2g} of the change that the operation makes, far beyond rounding: "
        "contributions were lost, or read and written without order",
        scale > 0 ? evidence.magnitude->max_abs / scale : 0.0));
  }
  conclusion.fix =
      "give each output one writer, or order the threads' updates (fixed shards merged by index, a "
      "lock held in a fixed turn); ThreadSanitizer names the racing lines";
  return conclusion;
}

}  // namespace detaudit::rules
