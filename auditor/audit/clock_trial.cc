#include "auditor/audit/clock_trial.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include "auditor/experiments/drawn_name.h"
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

// An output that may be the clock's. One that a single run had may be named by the clock.
struct Candidate {
  std::string output;
  bool other_name = false;

  bool is(const std::string& other) const {
    return other == output || (other_name && maybe_one_name(other, output));
  }
};

// Whatever else parted before it: the output's own bytes count, and its name.
bool differs(const Comparison& comparison, const Candidate& candidate) {
  if (comparison.groups_left_out > 0) return true;
  for (const auto& [operation, counts] : comparison.operations) {
    if (counts.kind == EventKind::kOutput && counts.origins + counts.propagated > 0 &&
        candidate.is(operation)) {
      return true;
    }
  }
  return std::any_of(comparison.groups.begin(), comparison.groups.end(), [&](const OriginGroup& g) {
    return g.first.kind == EventKind::kOutput && candidate.is(g.first.op);
  });
}

class ClockTrial {
 public:
  ClockTrial(const Plan& plan, const RunOutputs& first, WatchedFolders& folders,
             const ArmOutlet& outlet, std::vector<Candidate> candidates, double run_seconds)
      : plan_(plan),
        folders_(folders),
        outlet_(outlet),
        audits_first_(first),
        candidates_(std::move(candidates)),
        run_seconds_(run_seconds) {}

  // Pinned arms come first and in between: what parts by itself is found out soon.
  std::vector<Candidate> conclude() {
    if (!candidates_.empty() && run_seconds_ >= kLongRun) {
      outlet_.narrate(fmt::format(
          "up to {} control arms of about {:.0f} s each ask whether the clock alone parts outputs; "
          "--budget SECONDS bounds them",
          kPinnedArms + kFreeArms, run_seconds_));
    }
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
  static constexpr double kLongRun = 5;  // seconds: worth a word

  void take(const std::string& name, const Conditions& conditions, Clock clock) {
    if (plan_.budget_seconds && seconds_ >= *plan_.budget_seconds) return candidates_.clear();
    const std::optional<fs::path> arm = run(name, conditions);
    if (!arm) return candidates_.clear();
    if (!first_) {
      first_ = arm;
      return;
    }
    const Comparison comparison = compare_runs(*first_, *arm, {});
    std::erase_if(candidates_, [&](const Candidate& candidate) {
      return differs(comparison, candidate) != (clock == Clock::kFree);
    });
  }

  std::optional<fs::path> run(const std::string& name, const Conditions& conditions) {
    RunOptions options;
    options.directory = outlet_.directory / fmt::format("clock-{:03}", arms_++);
    // Who waits for a pinned clock in a way that nobody sees would wait for ever.
    options.timeout_seconds = plan_.timeout_seconds.value_or(10 * run_seconds_ + 20);
    options.tick = outlet_.tick;
    outlet_.narrate("control arm: " + name);
    const Subject& subject = outlet_.workplace->prepare(conditions.folder);
    folders_.look();
    const RunResult result = run_subject(subject, conditions, options);
    seconds_ += result.wall_seconds;
    if (result.end == RunEnd::kInterrupted) throw Interrupted{};
    if (result.end != RunEnd::kExited || !result.left_running.empty()) return std::nullopt;
    RunOutputs outputs = record_outputs(plan_, result, facts_of(result), *outlet_.workplace,
                                        first_ ? &first_outputs_ : &audits_first_, &folders_);
    if (!first_) first_outputs_ = std::move(outputs);
    return result.directory;
  }

  const Plan& plan_;
  WatchedFolders& folders_;
  const ArmOutlet& outlet_;
  const RunOutputs& audits_first_;
  RunOutputs first_outputs_;  // of `first_`
  std::vector<Candidate> candidates_;
  const double run_seconds_;  // the longest of the audit's runs
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

std::set<std::string> outputs_by_clock_alone(const Plan& plan,
                                             const std::vector<OriginGroup>& origins,
                                             const Observation& observation,
                                             WatchedFolders& folders, const ArmOutlet& outlet) {
  if (!std::all_of(observation.runs.begin(), observation.runs.end(), reads_clock)) return {};
  std::vector<Candidate> candidates;
  for (const OriginGroup& origin : origins) {
    if (origin.first.kind == EventKind::kOutput && origin.shape != DivergenceShape::kEndsDiffer) {
      candidates.push_back({origin.first.op, origin.shape == DivergenceShape::kOnlyInOneRun});
    }
  }
  double longest = 0;
  for (const ObservedRun& run : observation.runs) {
    longest = std::max(longest, run.result.wall_seconds);
  }
  ClockTrial trial(plan, observation.runs[0].outputs, folders, outlet, std::move(candidates),
                   longest);
  std::set<std::string> outputs;
  for (Candidate& found : trial.conclude()) outputs.insert(std::move(found.output));
  return outputs;
}

rules::Conclusion by_clock_alone() {
  rules::Conclusion conclusion;
  conclusion.cause = rules::Cause::kTimeDependence;
  conclusion.proof = rules::Proof::kCounterfactual;
  conclusion.code = "DET108";
  conclusion.evidence.push_back(fmt::format(
      "under a pinned clock {} runs put out equal bytes, under a running one {} put out others",
      kPinnedArms, kFreeArms));
  conclusion.fix = "keep the time out of this output, or ignore it with --ignore-output";
  return conclusion;
}

}  // namespace detaudit::auditor
