#include "auditor/audit/trace_difference.h"

#include <fmt/format.h>

#include "auditor/audit/findings.h"
#include "auditor/audit/report_model.h"
#include "auditor/experiments/experiments.h"

namespace detaudit::auditor {
namespace {

ObservedRun recorded_run(const TraceSide& side) {
  ObservedRun run;
  run.traced = true;
  run.facts = read_run(side.trace);
  run.result.directory = side.trace;
  return run;
}

}  // namespace

Audit compare_traces(const TraceSide& first, const TraceSide& second) {
  Plan plan;
  plan.title = "difference of " + first.name + " and " + second.name;
  plan.subject.argv = {first.name, second.name};
  Observation observation;
  observation.runs = {recorded_run(first), recorded_run(second)};
  observation.comparisons.push_back(compare_runs(first.trace, second.trace, {}));
  std::vector<RunFacts> facts = {observation.runs[0].facts, observation.runs[1].facts};
  for (const OriginGroup& group : gather_origins(observation)) {
    Finding finding{group, recorded_evidence(group, facts), {}, true, false};
    finding.conclusion = rules::conclude(finding.evidence);
    observation.findings.push_back(std::move(finding));
  }
  const Judgement judgement = judge(plan, observation, first.manifest);
  Audit audit;
  audit.verdict = judgement.verdict;
  audit.report = make_report(plan, observation, judgement, first.manifest);
  audit.report.runs[0].conditions = first.name;
  audit.report.runs[1].conditions = second.name;
  if (first.manifest.empty() || second.manifest.empty()) return audit;
  for (const ManifestDifference& difference : diff_manifests(first.manifest, second.manifest)) {
    audit.report.reasons.push_back(fmt::format("environment: {} is `{}` and `{}`", difference.name,
                                               difference.first, difference.second));
  }
  return audit;
}

}  // namespace detaudit::auditor
