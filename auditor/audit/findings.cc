#include "auditor/audit/findings.h"

#include <algorithm>
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

// A missing event proves nothing when the run that lacks it lost records, or did not end well.
bool is_proven(const OriginGroup& group, const Observation& observation) {
  if (group.shape != DivergenceShape::kOnlyInOneRun) return true;
  return std::none_of(observation.runs.begin(), observation.runs.end(), [](const ObservedRun& run) {
    return run.facts.lossy || !run.facts.finished || run.failed();
  });
}

// Does an output that no recorded operation explains carry the time alone? Two runs under a pinned
// clock, all else as the audit's first: equal outputs say so.
bool carries_only_the_clock(const Plan& plan, const OriginGroup& group, const ArmOutlet& outlet) {
  std::vector<std::filesystem::path> arms;
  for (const char* name : {"clock-pinned-0", "clock-pinned-1"}) {
    RunOptions options;
    options.directory = outlet.directory / name;
    options.timeout_seconds = plan.timeout_seconds;
    options.tick = outlet.tick;
    outlet.narrate(std::string("control arm: ") + name);
    const RunResult result = run_subject(plan.subject, clock_pinned_conditions(plan), options);
    if (result.end == RunEnd::kInterrupted) throw Interrupted{};
    if (result.end != RunEnd::kExited) return false;
    record_outputs(plan, result, read_run(result.directory));
    arms.push_back(result.directory);
  }
  const Comparison comparison = compare_runs(arms[0], arms[1], {});
  return std::none_of(comparison.groups.begin(), comparison.groups.end(),
                      [&](const OriginGroup& g) {
                        return g.first.kind == EventKind::kOutput && g.first.op == group.first.op;
                      });
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
  if (!operations_agree(observation)) return;
  for (Finding& finding : observation.findings) {
    finding.set_aside = carries_only_the_clock(plan, finding.group, outlet);
  }
}

}  // namespace detaudit::auditor
