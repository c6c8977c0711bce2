#include <fmt/format.h>

#include "rules/rule.h"

namespace detaudit::rules {

namespace {

double share_of_change(const OriginEvidence& evidence) {
  const double scale =
      evidence.change_scale > 0 ? evidence.change_scale : evidence.magnitude->scale;
  return scale > 0 ? evidence.magnitude->max_abs / scale : 0;
}

// What the schedule does to the values, as far as it is known.
std::string effect(const OriginEvidence& evidence) {
  if (arrivals(evidence) == Arrivals::kLost) {
    return fmt::format(
        "contributions are lost or overwritten: replayed on inputs that leave nothing to round, {}",
        describe_exact_replays(evidence));
  }
  if (difference_size(evidence) == DifferenceSize::kUnknown) return {};
  const std::string size =
      fmt::format("the difference is up to {:.2g} of the change that the operation makes",
                  share_of_change(evidence));
  return size + (difference_size(evidence) == DifferenceSize::kRounding
                     ? ": float additions in another order and lost updates would both do that, "
                       "and nothing seen tells them apart"
                     : ", far beyond rounding: contributions were lost, or read and written "
                       "without order");
}

// No arm holds in which order threads and processes come; all else that could order it is held.
std::optional<Conclusion> order_of_arrival(const OriginEvidence& evidence) {
  if (!evidence.concurrent || !held_in_vain(evidence) ||
      evidence.held_in_other_order < evidence.held.diverged)
    return std::nullopt;
  Conclusion conclusion;
  conclusion.cause = Cause::kThreadScheduling;
  conclusion.proof = Proof::kInferred;
  conclusion.code = "DET106";
  conclusion.evidence = {
      fmt::format("every factor held: {} of {} pairs of runs parted, each time the same in another "
                  "order; in which order threads and processes come is all that no arm holds",
                  evidence.held.diverged, evidence.held.pairs)};
  conclusion.fix =
      "put results out in an order of the program's own, by index or as they were submitted, not "
      "as threads or processes finish (in Python `Executor.map`, `Pool.map`, or sort what came)";
  return conclusion;
}

}  // namespace

// The schedule decides the bytes, and not by the order of additions alone as far as is known: whole
// contributions are lost, or read at another time.
std::optional<Conclusion> thread_scheduling(const OriginEvidence& evidence) {
  if (evidence.kind == instrument::EventKind::kBatch ||
      evidence.kind == instrument::EventKind::kCollective)
    return std::nullopt;
  auto schedule = schedule_decides(evidence);
  if (!schedule) return order_of_arrival(evidence);
  if (float_atomics(evidence)) return std::nullopt;
  Conclusion conclusion;
  conclusion.cause = Cause::kThreadScheduling;
  conclusion.proof = schedule->proof;
  conclusion.code = "DET106";
  conclusion.evidence = std::move(schedule->sentences);
  if (std::string what = effect(evidence); !what.empty()) conclusion.evidence.push_back(what);
  if (evidence.kind == instrument::EventKind::kOperation &&
      arrivals(evidence) == Arrivals::kUnknown && evidence.equal_inputs.count.executions > 0) {
    conclusion.evidence.push_back("replayed on inputs that leave little to round: " +
                                  describe_exact_replays(evidence));
  }
  conclusion.fix =
      "give each output one writer, or order the threads' updates (fixed shards merged by index, a "
      "lock held in a fixed turn); ThreadSanitizer names the racing lines";
  return conclusion;
}

}  // namespace detaudit::rules
