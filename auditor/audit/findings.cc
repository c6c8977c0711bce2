#include "auditor/audit/findings.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>
#include <tuple>

#include "auditor/audit/call_sites.h"
#include "auditor/audit/clock_trial.h"
#include "auditor/audit/earlier_files.h"
#include "auditor/audit/gpu_coverage.h"
#include "auditor/audit/gpu_search.h"
#include "auditor/audit/output_writers.h"
#include "auditor/audit/run_ends.h"
#include "auditor/audit/shown_variables.h"
#include "auditor/experiments/experiments.h"
#include "instrument/trace/identity.h"
#include "rules/rule.h"

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

std::string_view process_of(const OriginGroup& group) {
  return instrument::identity::process_of(group.first.lane);
}

// Order is counted within a process. What a process was given as a batch, those that it started
// (workers of a loader) had made before, whatever they had counted.
void put_makers_first(std::vector<OriginGroup>& all) {
  for (auto batch = all.begin(); batch != all.end(); ++batch) {
    if (batch->first.kind != EventKind::kBatch) continue;
    const std::string children = std::string(process_of(*batch)) + ".";
    const uint64_t step = batch->first.step;
    batch = std::stable_partition(batch, all.end(), [&](const OriginGroup& group) {
      return group.first.kind != EventKind::kOutput && group.first.step == step &&
             process_of(group).starts_with(children);
    });
  }
}

// An output that differs from a chunk on is one thing, though its later chunks, or runs of zeros,
// may have no counterpart.
bool continues_difference(const OriginGroup& group, const Comparison& comparison) {
  const auto chunk = [](const OriginGroup& g) { return std::strtoull(g.first.key.c_str(), nullptr, 10); };
  return group.shape == DivergenceShape::kOnlyInOneRun && group.first.kind == EventKind::kOutput &&
         std::any_of(comparison.groups.begin(), comparison.groups.end(), [&](const OriginGroup& g) {
           return g.shape == DivergenceShape::kOutputsDiffer && g.first.kind == EventKind::kOutput &&
                  g.first.op == group.first.op && chunk(g) < chunk(group);
         });
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
    group.first.file = facts.replay_files[i];
    group.first.line = replay.line;
    group.first.step = replay.step;
    group.first.order = replay.order;
    group.first.identity = replay.identity;
    group.identities = {replay.identity};
    group.signature = facts.replay_signatures[i];
    group.outputs = {replay.worst_output};
    group.occurrences = 1;
    group.replayed_only = true;
    auto known = std::find_if(all.begin(), all.end(), [&](const OriginGroup& g) {
      return g.first.kind == EventKind::kOperation && g.first.op == group.first.op;
    });
    if (known == all.end()) all.push_back(group);
  }
}

// Whatever explains it: that an output differs stays to be told.
bool outputs_parted(const Comparison& comparison) {
  return std::any_of(comparison.operations.begin(), comparison.operations.end(),
                     [](const auto& operation) {
                       return operation.second.kind == EventKind::kOutput &&
                              operation.second.origins + operation.second.propagated > 0;
                     });
}

AuditedRuns audited(const Observation& observation) {
  AuditedRuns runs;
  for (const ObservedRun& run : observation.runs) {
    runs.facts.push_back(run.facts);
    const bool may_crash = ends_differ(observation) && run.result.end == RunEnd::kSignalled;
    if (run.result.end == RunEnd::kExited || may_crash) runs.ends.insert(describe_end(run.result));
    runs.longest_seconds = std::max(runs.longest_seconds, run.result.wall_seconds);
  }
  runs.opened_earlier_files = observation.opened_earlier_files();
  return runs;
}

bool written_in_sight(const std::string& output, const ObservedRun& run) {
  return output == "stdout" || output == "stderr" ||
         std::any_of(run.facts.sources.begin(), run.facts.sources.end(), [&](const auto& source) {
           return source.kind == instrument::SourceKind::kFileWritten && source.site == output;
         });
}

// Some output was found by comparing folders, and in arms is found in no other way.
bool needs_folders(const std::vector<OriginGroup>& origins, const Observation& observation) {
  return std::any_of(origins.begin(), origins.end(), [&](const OriginGroup& origin) {
    return origin.first.kind == EventKind::kOutput &&
           origin.shape != DivergenceShape::kEndsDiffer &&
           !std::all_of(observation.runs.begin(), observation.runs.end(),
                        [&](const auto& run) { return written_in_sight(origin.first.op, run); });
  });
}

// The folders of an arm: those that the audit watched, or the copies of them that arms are in.
class ArmFolders {
 public:
  ArmFolders(WatchedFolders& audits, const ArmOutlet& outlet)
      : audits_(audits), ours_(outlet.directory.parent_path().parent_path()) {}
  void look(const Subject& subject) {
    now_ = &audits_;
    if (subject.directory != audits_.directory()) {
      if (!copies_) copies_.emplace(subject, ours_);
      now_ = &*copies_;
    }
    now_->look();
  }
  WatchedFolders* now() const { return now_; }

 private:
  WatchedFolders& audits_;
  const std::filesystem::path ours_;
  std::optional<WatchedFolders> copies_;  // all copies have one path
  WatchedFolders* now_ = nullptr;
};

ArmOutlet recording_outputs(const Plan& plan, const RunOutputs& first, ArmFolders* folders,
                            const ArmOutlet& outlet) {
  ArmOutlet recording = outlet;
  recording.look_at_outputs = [folders](const Subject& subject) {
    if (folders) folders->look(subject);
  };
  recording.record_outputs = [&plan, &first, &outlet, folders](const RunResult& result) {
    record_outputs(plan, result, facts_of(result), *outlet.workplace, &first,
                   folders ? folders->now() : nullptr, WordSums::kKept);
  };
  return recording;
}

// Named where they are, or may be, what decides.
void add_earlier_files(const Observation& observation, Finding& finding) {
  if (finding.conclusion.proof == rules::Proof::kReplay) return;
  const bool decide = rules::proven_by(finding.evidence, rules::Factor::kEarlierFiles);
  if (!decide && finding.conclusion.cause != rules::Cause::kUnknown) return;
  for (const std::string& line : describe_earlier_files(observation)) {
    finding.conclusion.evidence.push_back(decide ? line : line + ", which may be what decides");
  }
}

// An output of the first run alone, which every other run opened as that one had left it.
bool left_by_earlier_run(const OriginGroup& origin, const Observation& observation) {
  if (origin.first.kind != EventKind::kOutput ||
      origin.shape != DivergenceShape::kOnlyInOneRun || !origin.only_in_first) {
    return false;
  }
  return std::all_of(observation.runs.begin() + 1, observation.runs.end(), [&](const auto& run) {
    return std::any_of(run.earlier_files.begin(), run.earlier_files.end(), [&](const auto& file) {
      return file.writer == 0 && file.path == origin.first.op;
    });
  });
}

void add_writers(const Observation& observation, const ArmOutlet& outlet, Symbolizer& symbolizer,
                 Finding& finding) {
  if (finding.group.first.kind != EventKind::kOutput) return;
  OutputWriters writers =
      writers_of(finding.group, observation.runs, *outlet.workplace, symbolizer);
  finding.written_by = std::move(writers.lines);
  finding.written_in = std::move(writers.file);
  finding.written_on_line = writers.line;
}

// Operations that were recorded agree, so what parted may be the clock's.
bool outputs_alone_parted(const std::vector<OriginGroup>& origins, const Observation& observation) {
  return observation.runs.front().facts.any_operation &&
         std::all_of(origins.begin(), origins.end(), [](const OriginGroup& origin) {
           return origin.first.kind == EventKind::kOutput;
         });
}

std::set<std::string> find_clock_alone(const Plan& plan, const std::vector<OriginGroup>& origins,
                                       Observation& observation, WatchedFolders& folders,
                                       const ArmOutlet& outlet) {
  if (observation.interrupted || !outputs_alone_parted(origins, observation)) return {};
  try {
    return outputs_by_clock_alone(plan, origins, observation, folders, outlet);
  } catch (const Interrupted&) {
    observation.interrupted = true;
    return {};
  }
}

}  // namespace

bool is_proven(const OriginGroup& group, const Observation& observation) {
  if (group.first.kind == EventKind::kOutput &&
      std::any_of(observation.runs.begin(), observation.runs.end(), [](const ObservedRun& run) {
        return run.result.end == RunEnd::kTimedOut;
      })) {
    return false;
  }
  if (group.shape != DivergenceShape::kOnlyInOneRun) return true;
  if (on_gpu(group) && !changed_over_alike(observation)) return false;
  return std::none_of(observation.runs.begin(), observation.runs.end(), [](const ObservedRun& run) {
    return run.facts.lossy || !run.ended_well();
  });
}

// That an output shows what the audit set in each run's environment says nothing of the subject.
void take_back_our_variables(const Observation& observation, Finding& finding) {
  if (finding.group.shape != DivergenceShape::kOutputsDiffer) return;
  const std::string& output = finding.group.first.op;
  const std::vector<std::string> names = only_our_variables(observation, output);
  if (names.empty()) return;
  finding.only_our_variables = true;
  finding.proven_divergence = false;
  finding.conclusion = {};
  finding.conclusion.cause = rules::Cause::kEnvironment;
  finding.conclusion.proof = rules::Proof::kRecorded;
  finding.conclusion.code = "DET109";
  finding.conclusion.evidence = {
      fmt::format("it shows variables that the audit itself sets, other ones in each run, and "
                  "differs in nothing else: {}",
                  fmt::join(names, ", "))};
  finding.conclusion.fix =
      "leave these variables out of it, or ignore it with --ignore-output " + output;
}

bool cut_off(const OriginGroup& group, const Observation& observation, size_t comparison) {
  return group.at_end && !observation.runs[group.only_in_first ? comparison + 1 : 0].ended_well();
}

std::vector<OriginGroup> gather_origins(const Observation& observation) {
  std::vector<OriginGroup> all;
  const auto& search = observation.gpu_search;
  const bool named = search && !search->named.empty();
  for (size_t i = 0; i < observation.comparisons.size(); ++i) {
    const Comparison& comparison = observation.comparisons[i];
    for (const OriginGroup& group : comparison.groups) {
      if (cut_off(group, observation, i)) continue;
      if (named && swept_window(group)) continue;
      if (continues_difference(group, comparison)) continue;
      OriginGroup found = group;
      found.in_other_order = swept_in_other_order(group, comparison);
      if (found.in_other_order && !outputs_parted(comparison)) continue;
      merge_into(all, found);
    }
  }
  if (named) {
    for (const OriginGroup& group : search->named) merge_into(all, group);
  }
  for (const ObservedRun& run : observation.runs) add_replayed(all, run.facts);
  std::stable_sort(all.begin(), all.end(), [](const OriginGroup& a, const OriginGroup& b) {
    return place(a) < place(b);
  });
  put_makers_first(all);
  // Last, as it is what all else came to.
  if (ends_differ(observation)) all.push_back(end_group(observation));
  return all;
}

namespace {

std::optional<GpuSearch> search_unless_interrupted(const Plan& plan, Observation& observation,
                                                   const ArmOutlet& outlet) {
  if (observation.interrupted) return std::nullopt;
  try {
    return search_gpu(plan, observation, outlet);
  } catch (const Interrupted&) {
    observation.interrupted = true;
    return std::nullopt;
  }
}

// The evidence at each origin; of the runs alone after Ctrl-C, and of the arms that there were
// before it.
std::vector<rules::OriginEvidence> gather_evidence(const Plan& plan,
                                                   const std::vector<OriginGroup>& origins,
                                                   const ArmOutlet& outlet,
                                                   Observation& observation) {
  const AuditedRuns runs = audited(observation);
  if (observation.interrupted) {
    std::vector<rules::OriginEvidence> evidence;
    for (const OriginGroup& group : origins) {
      evidence.push_back(recorded_evidence(group, runs.facts));
    }
    return evidence;
  }
  Experiments experiments = run_experiments(plan, origins, runs, outlet);
  observation.experiments = std::move(experiments.lines);
  observation.interrupted = experiments.interrupted;
  return std::move(experiments.evidence);
}

void conclude(const Observation& observation, Finding& finding) {
  const OriginGroup& origin = finding.group;
  finding.search = origin.shape == DivergenceShape::kEndsDiffer ? describe_ends(observation)
                                                                : how_found(origin, observation);
  finding.evidence.left_by_earlier_run = left_by_earlier_run(origin, observation);
  finding.conclusion = rules::conclude(finding.evidence);
  add_earlier_files(observation, finding);
  take_back_our_variables(observation, finding);
}

}  // namespace

void conclude_findings(const Plan& plan, Observation& observation, WatchedFolders& folders,
                       const ArmOutlet& outlet) {
  observation.gpu_search = search_unless_interrupted(plan, observation, outlet);
  std::vector<OriginGroup> origins = gather_origins(observation);
  if (origins.empty()) return;
  for (OriginGroup& origin : origins) {
    origin.first.file = outlet.workplace->shown(origin.first.file);
  }
  Symbolizer symbolizer;
  for (ObservedRun& run : observation.runs) name_call_sites(run.facts, symbolizer);
  // First, since what is set aside needs no further arms.
  const std::set<std::string> aside =
      find_clock_alone(plan, origins, observation, folders, outlet);
  std::vector<OriginGroup> open;
  for (const OriginGroup& origin : origins) {
    if (!aside.contains(origin.first.op)) open.push_back(origin);
  }
  // Arms look where the search found it.
  Plan looking = plan;
  if (observation.gpu_search) looking.gpu = observation.gpu_search->bisection.sight;
  ArmFolders watched(folders, outlet);
  std::vector<rules::OriginEvidence> evidence = gather_evidence(
      looking, open,
      recording_outputs(plan, observation.runs[0].outputs,
                        needs_folders(open, observation) ? &watched : nullptr, outlet),
      observation);
  auto next = evidence.begin();
  for (const OriginGroup& origin : origins) {
    Finding finding{origin, {}, {}, is_proven(origin, observation), false, {}};
    add_writers(observation, outlet, symbolizer, finding);
    finding.set_aside = aside.contains(origin.first.op);
    if (finding.set_aside) {
      finding.conclusion = by_clock_alone();
    } else {
      finding.evidence = std::move(*next++);
      conclude(observation, finding);
    }
    observation.findings.push_back(std::move(finding));
  }
}

}  // namespace detaudit::auditor
