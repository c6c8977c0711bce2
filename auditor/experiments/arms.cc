#include "auditor/experiments/arms.h"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>

#include "reports/diagnostic.h"

namespace detaudit::auditor {
namespace {

// Adds the seconds of its life to a sum.
class Spending {
 public:
  explicit Spending(double& sum) : sum_(sum) {}
  ~Spending() { sum_ += std::chrono::duration<double>(Clock::now() - start_).count(); }
  Spending(const Spending&) = delete;
  Spending& operator=(const Spending&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  double& sum_;
  const Clock::time_point start_ = Clock::now();
};

}  // namespace

Arms::Arms(const Plan& plan, ArmScope scope, const AuditedRuns& runs, ArmOutlet outlet)
    : plan_(plan), scope_(std::move(scope)), runs_(runs), outlet_(std::move(outlet)) {}

bool Arms::spent(double share) const {
  const double usual = std::max(kMostSeconds, 30 * runs_.longest_seconds);
  const double seconds = plan_.budget_seconds.value_or((proof_expected_ ? 2 : 1) * usual);
  return arms_ >= share * kMostArms || seconds_ >= share * seconds;
}

std::string Arms::failure_of(const RunResult& result) const {
  switch (result.end) {
    case RunEnd::kTimedOut: return "timed out";
    case RunEnd::kSignalled:
    case RunEnd::kExited: {
      const std::string end = describe_end(result);
      // Where runs exit with this code and that, one more code is one more of them.
      if (result.end == RunEnd::kExited && runs_.ends.size() > 1) return "";
      return runs_.ends.contains(end) ? "" : "ended with " + end;
    }
    case RunEnd::kInterrupted:
    case RunEnd::kStopped: break;
  }
  return "";
}

// Null, and noted, where its folder cannot be had.
const Subject* Arms::place(const std::string& name, const Conditions& conditions) {
  try {
    Spending spending(seconds_);
    return &outlet_.workplace->prepare(conditions.folder);
  } catch (const reports::DiagnosticError& error) {
    notes_.push_back(fmt::format("{}: left out: {}", name, error.diagnostic().message));
    return nullptr;
  }
}

std::optional<std::filesystem::path> Arms::run(const std::string& name, Conditions conditions,
                                               ArmReplays replays) {
  if (spent()) return std::nullopt;
  // Few enough to stay cheap, many enough that a race which loses an update in one execution out of
  // five shows it with odds of 1000 to 1.
  constexpr uint32_t kArmReplays = 32;
  constexpr double kPatience = 10, kPatienceSeconds = 20;
  conditions.control.capture = scope_.identities;
  conditions.control.stop_recording_after_step = scope_.last_step;
  conditions.control.replays = 0;
  constexpr uint32_t kLongReplays = 1024, kLongSeconds = 4;
  if (replays != ArmReplays::kNone) {
    const bool for_long = replays == ArmReplays::kOriginsForLong;
    conditions.control.replays =
        std::max<uint32_t>(plan_.replays, for_long ? kLongReplays : kArmReplays);
    if (for_long) conditions.control.replay_seconds = kLongSeconds;
    conditions.control.replay_exact = true;
  }
  conditions.control.replay_ops = scope_.replay_ops;
  RunOptions options;
  // Names of one length: the path reaches the subject, and must not move its heap.
  options.directory = outlet_.directory / fmt::format("arm-{:03}", arms_++);
  options.timeout_seconds =
      plan_.timeout_seconds.value_or(kPatience * runs_.longest_seconds + kPatienceSeconds);
  options.tick = outlet_.tick;
  if (plan_.subject.builtin) options.stop_after_step = scope_.last_step;
  outlet_.narrate("control arm: " + name);
  const Subject* subject = place(name, conditions);
  if (!subject) return std::nullopt;
  if (scope_.outputs && outlet_.look_at_outputs) outlet_.look_at_outputs(*subject);
  const RunResult result = run_subject(*subject, conditions, options);
  seconds_ += result.wall_seconds;
  if (result.end == RunEnd::kInterrupted) throw Interrupted{};
  for (const std::string& note : result.notes) {
    if (std::find(notes_.begin(), notes_.end(), note) == notes_.end()) notes_.push_back(note);
  }
  if (const std::string failure = failure_of(result); !failure.empty()) {
    notes_.push_back(fmt::format("{}: the subject {} and the arm was left out", name, failure));
    return std::nullopt;
  }
  if (scope_.outputs && outlet_.record_outputs) outlet_.record_outputs(result);
  ends_[result.directory] = describe_end(result);
  return result.directory;
}

Comparison Arms::compare(const std::filesystem::path& a, const std::filesystem::path& b) {
  Spending spending(seconds_);
  CompareOptions options;
  options.watch = scope_.identities;
  options.last_step = scope_.last_step;
  return compare_runs(a, b, options);
}

bool Arms::ended_alike(const std::filesystem::path& a, const std::filesystem::path& b) const {
  return ends_.at(a) == ends_.at(b);
}

}  // namespace detaudit::auditor
