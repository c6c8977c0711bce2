#include "auditor/audit/trace_difference.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "auditor/audit/findings.h"
#include "auditor/audit/report_model.h"
#include "auditor/experiments/experiments.h"

namespace detaudit::auditor {
namespace {

using reports::ReportFinding;

constexpr std::array kProofs = {"inferred", "recorded", "replay",
                                "counterfactual"};  // the weakest first

ObservedRun recorded_run(const TraceSide& side) {
  ObservedRun run;
  run.traced = true;
  run.facts = read_run(side.trace);
  run.result.directory = side.trace;
  return run;
}

// Codes that say what was seen, whatever the cause: events that are missing, or entered unseen.
std::string shape_code(const ReportFinding& finding) {
  return finding.code == "DET111" || finding.code == "DET112" ? finding.code : "";
}

const ReportFinding* own_finding(const TraceSide& side, const ReportFinding& row) {
  const auto found =
      std::find_if(side.findings.begin(), side.findings.end(), [&](const ReportFinding& own) {
        return own.kind == row.kind && own.op == row.op && own.kernel == row.kernel &&
               shape_code(own) == shape_code(row);
      });
  return found == side.findings.end() ? nullptr : &*found;
}

auto strength(const ReportFinding& finding) {
  return std::find(kProofs.begin(), kProofs.end(), finding.proof);
}

std::string concluded(const TraceSide& side, const ReportFinding& own) {
  return fmt::format("audit {} concluded `{}` ({}) for the same origin in runs of its own",
                     side.name, own.cause, own.proof);
}

void adopt(const ReportFinding& own, ReportFinding& row) {
  row.code = own.code;
  row.cause = own.cause;
  row.proof = own.proof;
  row.fix = own.fix;
  row.evidence.insert(row.evidence.end(), own.evidence.begin(), own.evidence.end());
}

// Takes over what the audits found out about this origin, where they found one thing.
void explain(const TraceSide& first, const TraceSide& second, const OriginGroup& group,
             ReportFinding& row) {
  const bool same_subject = first.subject == second.subject;
  if (!same_subject && group.first.kind == instrument::EventKind::kRngStream) {
    row.message = fmt::format("generator `{}` is in another state", row.op);
  }
  const ReportFinding* best = nullptr;
  bool agreed = true;
  for (const TraceSide* side : {&first, &second}) {
    const ReportFinding* own = own_finding(*side, row);
    if (!own || own->cause == "unknown") continue;
    row.evidence.push_back(concluded(*side, *own));
    if (best && best->cause != own->cause) agreed = false;
    if (!best || strength(*best) < strength(*own)) best = own;
  }
  if (!best) return;
  if (!agreed) return row.evidence.push_back("they do not agree, so neither is taken over");
  // With equal inputs an operation varies for reasons of its own. What has none may differ because
  // other things were asked of the two programs.
  if (!same_subject && group.signature.inputs.empty()) {
    return row.evidence.push_back(
        "the two audits have different command lines, which may be what decides here");
  }
  adopt(*best, row);
}

void compare_environments(const TraceSide& first, const TraceSide& second,
                          reports::Report& report) {
  if (first.manifest.empty() || second.manifest.empty()) return;
  for (const ManifestDifference& difference : diff_manifests(first.manifest, second.manifest)) {
    report.reasons.push_back(fmt::format("environment: {} is `{}` and `{}`", difference.name,
                                         shown_value(difference.first),
                                         shown_value(difference.second)));
  }
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
    Finding finding{group, recorded_evidence(group, facts), {}, true, false, {}};
    finding.conclusion = rules::undecided(finding.evidence);
    finding.proven_divergence = is_proven(group, observation);
    observation.findings.push_back(std::move(finding));
  }
  const Judgement judgement = judge(plan, observation, first.manifest);
  Audit audit;
  audit.verdict = judgement.verdict;
  audit.report = make_report(plan, observation, judgement, first.manifest);
  for (size_t i = 0; i < audit.report.findings.size(); ++i) {
    explain(first, second, observation.findings[i].group, audit.report.findings[i]);
  }
  audit.report.gpu.clear();  // how these runs were to look is not known here
  audit.report.runs[0].conditions = first.name;
  audit.report.runs[1].conditions = second.name;
  compare_environments(first, second, audit.report);
  return audit;
}

}  // namespace detaudit::auditor
