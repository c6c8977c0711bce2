#include "auditor/audit/audit.h"

#include <chrono>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "auditor/plan/conditions.h"
#include "auditor/audit/findings.h"
#include "auditor/audit/observation.h"
#include "auditor/audit/report_model.h"
#include "auditor/environment/manifest.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

bool has_trace(const fs::path& directory) {
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename().string().find(".dtrace") != std::string::npos) return true;
  }
  return false;
}

ObservedRun observe(const Plan& plan, unsigned index, const AuditOutlet& outlet) {
  ObservedRun run;
  run.conditions = run_conditions(plan, index);
  RunOptions options;
  options.directory = outlet.directory / fmt::format("run-{}", index);
  options.timeout_seconds = plan.timeout_seconds;
  options.tick = outlet.tick;
  outlet.narrate(fmt::format("run {} of {}", index + 1, plan.runs));
  run.result = run_subject(plan.subject, run.conditions, options);
  if (run.result.end == RunEnd::kInterrupted) throw Interrupted{static_cast<int>(index)};
  run.traced = has_trace(run.result.directory);
  if (run.traced) run.facts = read_run(run.result.directory);
  run.outputs = record_outputs(plan, run.result, run.facts);
  // With nothing recorded inside, a run is what it put out.
  if (run.facts.events == 0) run.facts.digest = read_run(run.result.directory).digest;
  return run;
}

std::string now_utc() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

std::vector<reports::Diagnostic> failures_of(const Observation& observation) {
  std::vector<reports::Diagnostic> failures;
  for (size_t i = 0; i < observation.runs.size(); ++i) {
    const ObservedRun& run = observation.runs[i];
    if (!run.failed()) continue;
    reports::Diagnostic diagnostic;
    diagnostic.code = "DET907";
    diagnostic.message =
        fmt::format("run {} of the subject failed: {}", i + 1, describe_end(run.result));
    diagnostic.notes.push_back(fmt::format("{} events were recorded before that; they are kept",
                                           run.facts.events));
    const std::string& tail =
        run.result.stderr_tail.empty() ? run.result.stdout_tail : run.result.stderr_tail;
    if (!tail.empty()) diagnostic.notes.push_back("its last output:\n" + tail);
    diagnostic.helps.push_back(run.result.end == RunEnd::kTimedOut
                                   ? "give it more time with --timeout, or fewer --steps"
                                   : "make the program succeed by itself first");
    failures.push_back(std::move(diagnostic));
  }
  return failures;
}

}  // namespace

Audit perform_audit(const Plan& plan, const AuditOutlet& outlet) {
  Observation observation;
  const std::string started = now_utc();
  for (unsigned i = 0; i < plan.runs; ++i) observation.runs.push_back(observe(plan, i, outlet));
  if (plan.runs > 1) outlet.narrate("comparing");
  for (unsigned i = 1; i < plan.runs; ++i) {
    observation.comparisons.push_back(compare_runs(observation.runs[0].result.directory,
                                                   observation.runs[i].result.directory, {}));
  }
  conclude_findings(plan, observation, {outlet.directory / "arms", outlet.narrate, outlet.tick});
  const Manifest manifest = collect_manifest(plan.subject.argv);
  const Judgement judgement = judge(plan, observation, manifest);
  Audit audit;
  audit.verdict = judgement.verdict;
  audit.report = make_report(plan, observation, judgement, manifest);
  audit.report.started = started;
  audit.failures = failures_of(observation);
  // Control arms have said what they had to say; the runs' traces stay, for `diff`.
  std::error_code ignored;
  fs::remove_all(outlet.directory / "arms", ignored);
  return audit;
}

}  // namespace detaudit::auditor
