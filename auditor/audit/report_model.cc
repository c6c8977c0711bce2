#include "auditor/audit/report_model.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

#include "auditor/audit/gpu_coverage.h"
#include "auditor/audit/gpu_search.h"
#include "auditor/audit/kernel_name.h"
#include "auditor/audit/metrics.h"
#include "auditor/launch/signal_name.h"
#include "auditor/plan/conditions.h"
#include "kernels/catalogue.h"

namespace detaudit::auditor {
namespace {

using rules::Factor;

void add_runs(const Observation& observation, reports::Report& report) {
  for (size_t i = 0; i < observation.runs.size(); ++i) {
    const ObservedRun& run = observation.runs[i];
    reports::ReportRun row;
    row.index = static_cast<int>(i);
    if (run.result.end == RunEnd::kExited) row.exit_code = run.result.exit_code;
    if (run.result.end == RunEnd::kSignalled) row.signal = signal_name(run.result.signal);
    row.timed_out = run.result.end == RunEnd::kTimedOut;
    row.events = run.facts.events;
    row.lossy = run.facts.lossy;
    row.wall_seconds = run.result.wall_seconds;
    row.digest = kernels::to_hex(run.facts.digest);
    row.conditions = run.conditions.describe();
    report.runs.push_back(std::move(row));
  }
}

// Where a kernel pair has the op, its deterministic twin and what that costs here.
void add_replacement(reports::ReportFinding& finding) {
  if (finding.cause != cause_name(rules::Cause::kFloatAtomics)) return;
  const kernels::Pair* pair = kernels::find_pair(finding.op);
  if (!pair) return;
  finding.fix.replacement = finding.op + "/deterministic";
  kernels::Pool pool(2);
  const kernels::PairCost cost = pair->measure(pool);
  if (cost.atomic_seconds > 0) {
    finding.fix.cost_ratio = cost.deterministic_seconds / cost.atomic_seconds;
  }
}

void add_findings(const Observation& observation, reports::Report& report) {
  const Mode mode = mode_of_runs(observation);
  for (const Finding& finding : observation.findings) {
    reports::ReportFinding row = make_finding(finding, mode);
    row.id = fmt::format("F{}", report.findings.size() + 1);
    add_replacement(row);
    report.findings.push_back(std::move(row));
  }
}

// By the name that people know, and by the whole one where two kernels share that.
void name_kernels(std::map<std::string, reports::ReportOperation>& rows) {
  std::map<std::string, int> shared;
  for (const auto& [symbol, row] : rows) ++shared[kernel_name(symbol).base];
  for (auto& [symbol, row] : rows) {
    const KernelName name = kernel_name(symbol);
    if (name.full != name.base) row.op = shared[name.base] > 1 ? name.full : name.base;
  }
}

void add_operations(const Observation& observation, reports::Report& report) {
  std::map<std::string, reports::ReportOperation> rows;
  for (const auto& [name, count] : observation.runs.front().facts.operations) {
    reports::ReportOperation& row = rows[name];
    row.op = name;
    row.kind = instrument::event_kind_name(count.kind);
    row.events = count.events;
  }
  for (const Comparison& comparison : observation.comparisons) {
    for (const auto& [name, count] : comparison.operations) {
      reports::ReportOperation& row = rows[name];
      row.op = name;
      row.kind = instrument::event_kind_name(count.kind);
      // Outputs are not in what the run itself recorded.
      if (count.kind == instrument::EventKind::kOutput)
        row.events = std::max(row.events, count.events);
      row.origins = std::max(row.origins, count.origins);
      row.propagated = std::max(row.propagated, count.propagated);
    }
  }
  for (const ObservedRun& run : observation.runs) {
    for (size_t i = 0; i < run.facts.replays.size(); ++i) {
      reports::ReportOperation& row = rows[run.facts.replay_ops[i]];
      row.replayed += run.facts.replays[i].executions;
      row.varied |= run.facts.replays[i].distinct > 1;
    }
  }
  name_kernels(rows);
  for (auto& [name, row] : rows) report.operations.push_back(std::move(row));
}

void add_timeline(const Observation& observation, reports::Report& report) {
  if (observation.comparisons.empty()) return;
  // The comparison that parted most is the one to look at.
  const auto& comparisons = observation.comparisons;
  const Comparison& shown = *std::max_element(
      comparisons.begin(), comparisons.end(), [](const Comparison& a, const Comparison& b) {
        return a.origins + a.propagated < b.origins + b.propagated;
      });
  for (const StepBin& bin : shown.timeline) {
    report.timeline.push_back({bin.first_step, bin.last_step, bin.compared, bin.origins,
                               bin.propagated, bin.missing});
  }
}

void add_coverage(const Observation& observation, reports::Report& report) {
  for (const Comparison& comparison : observation.comparisons) {
    report.events_compared += comparison.compared;
    report.lanes = std::max(report.lanes, comparison.lanes);
    report.unaligned += comparison.only_in_first + comparison.only_in_second;
    report.propagated = std::max(report.propagated, comparison.propagated);
  }
  // A propagated event was tested all the same when replay executed it; other events of its op were
  // not.
  std::map<std::string, uint64_t> replayed;
  const RunFacts& facts = observation.runs.front().facts;
  for (size_t i = 0; i < facts.replays.size(); ++i) {
    const instrument::ReplayRecord& replay = facts.replays[i];
    if (replay.mode == instrument::ReplayMode::kFree && replay.executions > 1) {
      ++replayed[kernel_name(facts.replay_ops[i]).base];
    }
  }
  for (const reports::ReportOperation& row : report.operations) {
    report.untested += row.propagated - std::min(row.propagated, replayed[row.op]);
  }
}

const std::vector<std::pair<Factor, const char*>>& factor_options() {
  static const std::vector<std::pair<Factor, const char*>> options = {
      {Factor::kAddresses, "aslr"}, {Factor::kSchedule, "schedule"}, {Factor::kMemory, "memory"},
      {Factor::kHashSeed, "hash"},  {Factor::kClock, "time"}};
  return options;
}

void add_perturbation(const Plan& plan, const Observation& observation, reports::Report& report) {
  const bool traced = observation.runs.front().traced;
  for (const auto& [factor, option] : factor_options()) {
    if (!plan.perturb.contains(factor)) continue;
    const bool needs_probe = factor == Factor::kSchedule || factor == Factor::kClock;
    if (needs_probe && !traced) {
      report.unperturbed.push_back(std::string(option) + ": no probe inside the process");
    } else if (factor == Factor::kHashSeed && user_holds_hash_seed()) {
      report.unperturbed.push_back(std::string(option) + ": PYTHONHASHSEED is set already");
    } else {
      report.perturbed.push_back(option);
    }
  }
  for (const ObservedRun& run : observation.runs) {
    for (const std::string& note : run.result.notes) {
      if (std::find(report.unperturbed.begin(), report.unperturbed.end(), note) ==
          report.unperturbed.end()) {
        report.unperturbed.push_back(note);
      }
    }
  }
}

void add_gpu(const Plan& plan, const Observation& observation, reports::Report& report) {
  GpuCoverage coverage = gpu_coverage(plan.gpu, observation.runs.front().facts);
  report.gpu = std::move(coverage.detail);
  report.gpu.insert(report.gpu.end(), coverage.seen.begin(), coverage.seen.end());
  if (!observation.gpu_search) return;
  report.gpu.push_back(describe_search(observation));
  const std::vector<std::string>& rounds = observation.gpu_search->bisection.rounds;
  report.experiments.insert(report.experiments.begin(), rounds.begin(), rounds.end());
}

}  // namespace

reports::Report make_report(const Plan& plan, const Observation& observation,
                            const Judgement& judgement, const Manifest& manifest) {
  reports::Report report;
  report.verdict = verdict_name(judgement.verdict);
  report.reasons = judgement.reasons;
  report.scope = scope_name(plan.scope);
  report.goal = goal_name(plan.goal);
  report.subject = plan.subject.argv;
  report.title = plan.title;
  report.unseen = judgement.unseen;
  report.comparisons = judgement.comparisons;
  report.divergence_probability_upper_95 = judgement.upper_95;
  report.experiments = observation.experiments;
  report.environment = manifest;
  add_runs(observation, report);
  add_findings(observation, report);
  add_operations(observation, report);
  add_coverage(observation, report);
  add_timeline(observation, report);
  add_perturbation(plan, observation, report);
  report.metrics = report_metrics(plan, observation);
  add_gpu(plan, observation, report);
  return report;
}

}  // namespace detaudit::auditor
