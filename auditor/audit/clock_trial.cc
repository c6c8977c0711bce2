#include "auditor/audit/clock_trial.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include "auditor/plan/conditions.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using instrument::EventKind;

bool reads_clock(const ObservedRun& run) {
  return std::any_of(run.facts.sources.begin(), run.facts.sources.end(), [](const auto& source) {
    return source.kind == instrument::SourceKind::kClock;
  });
}

// Whatever else parted before it: the output's own bytes count.
bool differs(const Comparison& comparison, const std::string& output) {
  if (comparison.groups_left_out > 0) return true;
  const auto counts = comparison.operations.find(output);
  if (counts != comparison.operations.end() &&
      counts->second.origins + counts->second.propagated > 0) {
    return true;
  }
  return std::any_of(comparison.groups.begin(), comparison.groups.end(), [&](const OriginGroup& g) {
    return g.first.kind == EventKind::kOutput && g.first.op == output;
  });
}

class ClockTrial {
 public:
  ClockTrial(const Plan& plan, WatchedFolders& folders, const ArmOutlet& outlet,
             std::vector<std::string> candidates, double patience)
      : plan_(plan),
        folders_(folders),
        outlet_(outlet),
        candidates_(std::move(candidates)),
        patience_(patience) {}

  // Pinned arms come first and in between: what parts by itself is found out soon.
  std::vector<std::string> conclude() {
    unsigned pinned = 0, free = 0;
    while (!candidates_.empty() && pinned + free < kPinnedArms + kFreeArms) {
      const bool free_next = free < kFreeArms && pinned > free + 1;
      if (free_next) {
        take(fmt::format("running clock, {} of {}", free + 1, kFreeArms),
             clock_free_conditions(plan_, free), Clock::kFree);
        ++free;
      } else {
        take(fmt::format("pinned clock, {} of {}", pinned + 1, kPinnedArms),
             clock_pinned_conditions(plan_, pinned), Clock::kPinned);
        ++pinned;
      }
    }
    return std::move(candidates_);
  }

 private:
  enum class Clock { kPinned, kFree };

  void take(const std::string& name, const Conditions& conditions, Clock clock) {
    if (plan_.budget_seconds && seconds_ >= *plan_.budget_seconds) return candidates_.clear();
    const std::optional<fs::path> arm = run(name, conditions);
    if (!arm) return candidates_.clear();
    if (!first_) {
      first_ = arm;
      return;
    }
    const Comparison comparison = compare_runs(*first_, *arm, {});
    std::erase_if(candidates_, [&](const std::string& output) {
      return differs(comparison, output) != (clock == Clock::kFree);
    });
  }

  std::optional<fs::path> run(const std::string& name, const Conditions& conditions) {
    RunOptions options;
    options.directory = outlet_.directory / fmt::format("clock-{:03}", arms_++);
    // Who waits for a pinned clock in a way that nobody sees would wait for ever.
    options.timeout_seconds = plan_.timeout_seconds.value_or(patience_);
    options.tick = outlet_.tick;
    outlet_.narrate("control arm: " + name);
    const Subject& subject = outlet_.workplace->prepare(conditions.folder);
    folders_.look();
    const RunResult result = run_subject(subject, conditions, options);
    seconds_ += result.wall_seconds;
    if (result.end == RunEnd::kInterrupted) throw Interrupted{};
    if (result.end != RunEnd::kExited || !result.left_running.empty()) return std::nullopt;
    record_outputs(plan_, result, facts_of(result), *outlet_.workplace, &folders_);
    return result.directory;
  }

  const Plan& plan_;
  WatchedFolders& folders_;
  const ArmOutlet& outlet_;
  std::vector<std::string> candidates_;
  const double patience_;          // seconds for one arm
  std::optional<fs::path> first_;  // a pinned one
  unsigned arms_ = 0;
  double seconds_ = 0;
};

}  // namespace

bool is_realtime(const instrument::SourceRecord& source) {
  if (source.kind != instrument::SourceKind::kClock) return false;
  for (const char* other : {"MONOTONIC", "CPU time", "steady_clock"}) {
    if (source.function.find(other) != std::string::npos) return false;
  }
  return true;
}

std::vector<std::string> outputs_by_clock_alone(const Plan& plan, const Observation& observation,
                                                WatchedFolders& folders, const ArmOutlet& outlet) {
  if (!std::all_of(observation.runs.begin(), observation.runs.end(), reads_clock)) return {};
  std::vector<std::string> candidates;
  for (const Finding& finding : observation.findings) {
    if (finding.group.first.kind == EventKind::kOutput &&
        finding.group.shape != DivergenceShape::kEndsDiffer) {
      candidates.push_back(finding.group.first.op);
    }
  }
  double longest = 0;
  for (const ObservedRun& run : observation.runs) {
    longest = std::max(longest, run.result.wall_seconds);
  }
  return ClockTrial(plan, folders, outlet, std::move(candidates), 10 * longest + 20).conclude();
}

}  // namespace detaudit::auditor
