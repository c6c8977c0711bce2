#include "auditor/audit/findings.h"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>

#include "auditor/experiments/experiments.h"

namespace detaudit::auditor {
namespace {

using instrument::EventKind;

bool same_origin(const OriginGroup& a, const OriginGroup& b) {
  return a.shape == b.shape && a.only_in_first == b.only_in_first &&
         a.first.kind == b.first.kind && a.first.op == b.first.op;
}

auto place(const OriginGroup& group) {
  return std::tuple(group.first.kind == EventKind::kOutput, group.first.step, group.first.order);
}

void merge_into(std::vector<OriginGroup>& all, const OriginGroup& group) {
  auto it = std::find_if(all.begin(), all.end(),
                         [&](const OriginGroup& known) { return same_origin(known, group); });
  if (it == all.end()) {
    all.push_back(group);
    return;
  }
  const uint64_t occurrences = std::max(it->occurrences, group.occurrences);
  if (place(group) < place(*it)) *it = group;
  it->occurrences = occurrences;
}

// An operation that varied on replay and is no origin yet: its inputs differed already, or there
// was but one run.
void add_replayed(std::vector<OriginGroup>& all, const RunFacts& facts) {
  for (size_t i = 0; i < facts.replays.size(); ++i) {
    const instrument::ReplayRecord& replay = facts.replays[i];
    if (replay.mode != instrument::ReplayMode::kFree || replay.distinct < 2) continue;
    OriginGroup group;
    group.first.kind = EventKind::kOperation;
    group.first.op = facts.replay_ops[i];
    group.first.key = facts.replay_keys[i];
    group.first.lane = facts.replay_lanes[i];
    group.first.step = replay.step;
    group.first.order = replay.order;
    group.first.identity = replay.identity;
    group.identities = {replay.identity};
    group.signature = facts.replay_signatures[i];
    group.outputs = {replay.worst_output};
    group.occurrences = 1;
    auto known = std::find_if(all.begin(), all.end(), [&](const OriginGroup& g) {
      return g.first.kind == EventKind::kOperation && g.first.op == group.first.op;
    });
    if (known == all.end()) all.push_back(group);
  }
}

// A missing event proves nothing when the run that lacks it lost records, or did not end well; an
// output cut off by the time limit is as long as the machine was fast.
bool is_proven(const OriginGroup& group, const Observation& observation) {
  if (group.first.kind == EventKind::kOutput &&
      std::any_of(observation.runs.begin(), observation.runs.end(), [](const ObservedRun& run) {
        return run.result.end == RunEnd::kTimedOut;
      })) {
    return false;
  }
  if (group.shape != DivergenceShape::kOnlyInOneRun) return true;
  return std::none_of(observation.runs.begin(), observation.runs.end(), [](const ObservedRun& run) {
    return run.facts.lossy || !run.facts.finished || run.failed();
  });
}

bool holds_output(const Comparison& comparison, const std::string& output) {
  return std::any_of(comparison.groups.begin(), comparison.groups.end(), [&](const OriginGroup& g) {
    return g.first.kind == EventKind::kOutput && g.first.op == output;
  });
}

// The audit's runs once more under a pinned clock, all else as in each: outputs that are equal now
// differed by the clock alone. Empty when a run failed, so that nothing is set aside.
std::vector<Comparison> compare_under_pinned_clock(const Plan& plan, const ArmOutlet& outlet) {
  std::vector<std::filesystem::path> arms;
  std::vector<Comparison> comparisons;
  for (unsigned run = 0; run < plan.runs; ++run) {
    RunOptions options;
    options.directory = outlet.directory / fmt::format("clock-{:03}", run);
    options.timeout_seconds = plan.timeout_seconds;
    options.tick = outlet.tick;
    outlet.narrate(fmt::format("control arm: pinned clock, as run {}", run + 1));
    const RunResult result =
        run_subject(plan.subject, clock_pinned_conditions(plan, run), options);
    if (result.end == RunEnd::kInterrupted) throw Interrupted{};
    if (result.end != RunEnd::kExited) return {};
    record_outputs(plan, result, read_run(result.directory));
    arms.push_back(result.directory);
    if (run > 0) comparisons.push_back(compare_runs(arms.front(), arms.back(), {}));
  }
  return comparisons;
}

void set_clock_aside(const Plan& plan, Observation& observation, const ArmOutlet& outlet) {
  const std::vector<Comparison> pinned = compare_under_pinned_clock(plan, outlet);
  if (pinned.empty()) return;
  for (Finding& finding : observation.findings) {
    finding.set_aside = std::none_of(pinned.begin(), pinned.end(), [&](const Comparison& c) {
      return holds_output(c, finding.group.first.op);
    });
  }
}

bool operations_agree(const Observation& observation) {
  return observation.runs.front().facts.any_operation &&
         std::all_of(observation.findings.begin(), observation.findings.end(),
                     [](const Finding& f) { return f.group.first.kind == EventKind::kOutput; });
}

}  // namespace

std::vector<OriginGroup> gather_origins(const Observation& observation) {
  std::vector<OriginGroup> all;
  for (const Comparison& comparison : observation.comparisons) {
    for (const OriginGroup& group : comparison.groups) merge_into(all, group);
  }
  for (const ObservedRun& run : observation.runs) add_replayed(all, run.facts);
  std::stable_sort(all.begin(), all.end(), [](const OriginGroup& a, const OriginGroup& b) {
    return place(a) < place(b);
  });
  return all;
}

void conclude_findings(const Plan& plan, Observation& observation, const ArmOutlet& outlet) {
  const std::vector<OriginGroup> origins = gather_origins(observation);
  if (origins.empty()) return;
  std::vector<RunFacts> facts;
  for (const ObservedRun& run : observation.runs) facts.push_back(run.facts);
  Experiments experiments = run_experiments(plan, origins, facts, outlet);
  observation.experiments = std::move(experiments.lines);
  for (size_t i = 0; i < origins.size(); ++i) {
    Finding finding{origins[i], std::move(experiments.evidence[i]), {}, true, false};
    finding.conclusion = rules::conclude(finding.evidence);
    finding.proven_divergence = is_proven(origins[i], observation);
    observation.findings.push_back(std::move(finding));
  }
  if (operations_agree(observation)) set_clock_aside(plan, observation, outlet);
}

}  // namespace detaudit::auditor
