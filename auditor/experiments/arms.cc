#include "auditor/experiments/arms.h"

#include <fmt/format.h>

namespace detaudit::auditor {

Arms::Arms(const Plan& plan, ArmScope scope, ArmOutlet outlet)
    : plan_(plan), scope_(std::move(scope)), outlet_(std::move(outlet)) {}

std::optional<std::filesystem::path> Arms::run(const std::string& name, Conditions conditions,
                                               bool replay) {
  // Few enough to stay cheap, many enough that a race which loses an update in one execution out of
  // five shows it with odds of 1000 to 1.
  constexpr uint32_t kArmReplays = 32;
  conditions.control.capture = scope_.identities;
  conditions.control.stop_recording_after_step = scope_.last_step;
  conditions.control.replays = replay ? std::max<uint32_t>(plan_.replays, kArmReplays) : 0;
  conditions.control.replay_ops = scope_.replay_ops;
  RunOptions options;
  // Names of one length: the path reaches the subject, and must not move its heap.
  options.directory = outlet_.directory / fmt::format("arm-{:03}", arms_++);
  options.timeout_seconds = plan_.timeout_seconds;
  options.tick = outlet_.tick;
  if (plan_.subject.builtin) options.stop_after_step = scope_.last_step;
  outlet_.narrate("control arm: " + name);
  const RunResult result = run_subject(plan_.subject, conditions, options);
  if (result.end == RunEnd::kInterrupted) throw Interrupted{};
  for (const std::string& note : result.notes) notes_.push_back(name + ": " + note);
  if (result.end == RunEnd::kSignalled || result.end == RunEnd::kTimedOut) {
    notes_.push_back(fmt::format("{}: the subject {} and the arm was left out", name,
                                 result.end == RunEnd::kTimedOut ? "timed out" : "crashed"));
    return std::nullopt;
  }
  return result.directory;
}

Comparison Arms::compare(const std::filesystem::path& a, const std::filesystem::path& b) const {
  CompareOptions options;
  options.watch = scope_.identities;
  options.last_step = scope_.last_step;
  return compare_runs(a, b, options);
}

}  // namespace detaudit::auditor
