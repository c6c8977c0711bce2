#include "auditor/audit/audit.h"

#include <algorithm>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <chrono>
#include <ctime>
#include <optional>

#include "auditor/audit/adapter_coverage.h"
#include "auditor/audit/earlier_files.h"
#include "auditor/audit/findings.h"
#include "auditor/audit/gpu_coverage.h"
#include "auditor/audit/ignored_outputs.h"
#include "auditor/audit/observation.h"
#include "auditor/audit/report_model.h"
#include "auditor/audit/run_ends.h"
#include "auditor/environment/manifest.h"
#include "auditor/plan/conditions.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

// Where an audit's runs happen, and what they leave there.
struct Surroundings {
  Workplace workplace;
  EarlierFiles earlier_files;
  std::optional<WatchedFolders> folders;  // once there is a folder to watch
};

// Places in scripts of a copy by the names that they have in the folder itself.
void leave_copy(const Workplace& workplace, RunFacts& facts) {
  using instrument::SourceKind;
  for (instrument::SourceRecord& source : facts.sources) {
    switch (source.kind) {
      case SourceKind::kEntropy:
      case SourceKind::kClock:
      case SourceKind::kAdapterUnordered:
      case SourceKind::kAdapterPrinted:
      case SourceKind::kAdapterOpened:
      case SourceKind::kAdapterUnseen: source.site = workplace.shown(source.site); break;
      default: break;
    }
  }
}

// `first`: the first run's outputs; null for that run itself.
ObservedRun observe(const Plan& plan, unsigned index, const RunOutputs* first,
                    Surroundings& around, const AuditOutlet& outlet) {
  ObservedRun run;
  run.conditions = run_conditions(plan, index);
  run.expected_exit = plan.expected_exit;
  const Subject& subject = around.workplace.prepare(run.conditions.folder);
  if (!around.folders) around.folders.emplace(subject, outlet.directory.parent_path());
  around.folders->look();
  around.earlier_files.begin_run(run.conditions);
  RunOptions options;
  options.directory = outlet.directory / fmt::format("run-{}", index);
  options.timeout_seconds = plan.timeout_seconds;
  options.tick = outlet.tick;
  outlet.narrate(fmt::format("run {} of {}", index + 1, plan.runs));
  run.result = run_subject(subject, run.conditions, options);
  if (run.result.end == RunEnd::kInterrupted) throw Interrupted{};
  run.traced = has_trace(run.result.directory);
  run.facts = facts_of(run.result);
  leave_copy(around.workplace, run.facts);
  run.outputs = record_outputs(plan, run.result, run.facts, around.workplace, first,
                               &*around.folders);
  around.earlier_files.end_run(index, around.workplace, run);
  // With nothing recorded inside, a run is what it put out.
  if (run.facts.events == 0) run.facts.digest = read_run(run.result.directory).digest;
  return run;
}

void state_folders(Surroundings& around, Observation& observation) {
  for (const std::string& path : around.folders->watched()) {
    observation.folders_watched.push_back(around.workplace.shown(path));
  }
  for (const auto& [path, why] : around.folders->left_out()) {
    observation.folders_left_out.push_back(
        fmt::format("files in `{}`: {}", around.workplace.shown(path), why));
  }
  // Arms in copies start like the first run.
  for (const std::string& path : around.folders->appeared()) around.workplace.leave_out(path);
}

std::string now_utc() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

void say_gpu_detail(const Plan& plan, const ObservedRun& run, const AuditOutlet& outlet) {
  if (!outlet.say) return;
  for (const std::string& line : gpu_coverage(plan.gpu, run.facts).detail) outlet.say(line);
}

bool any_parted(const Observation& observation) {
  return ends_differ(observation) ||
         std::any_of(observation.comparisons.begin(), observation.comparisons.end(),
                     [](const Comparison& comparison) { return !comparison.identical(); });
}

// All runs; after Ctrl-C those that there are, when there is something to compare.
void run_all(const Plan& plan, const AuditOutlet& outlet, Surroundings& around,
             Observation& observation) {
  try {
    for (unsigned i = 0; i < plan.runs; ++i) {
      const RunOutputs* first = i == 0 ? nullptr : &observation.runs[0].outputs;
      observation.runs.push_back(observe(plan, i, first, around, outlet));
      if (i == 0) say_gpu_detail(plan, observation.runs[0], outlet);
    }
  } catch (const Interrupted&) {
    if (observation.runs.size() < 2) throw;
    observation.interrupted = true;
  }
}

// Everything there is to see, into `observation`, which keeps what there was when this throws.
void observe_all(const Plan& plan, const AuditOutlet& outlet, Observation& observation) {
  Surroundings around{Workplace(plan.subject, outlet.directory), {}, {}};
  run_all(plan, outlet, around, observation);
  state_folders(around, observation);
  if (outlet.say) {
    for (const std::string& line : ignored_in_vain(plan, observation)) outlet.say("note: " + line);
  }
  if (plan.runs > 1) outlet.narrate("comparing");
  for (size_t i = 1; i < observation.runs.size(); ++i) {
    observation.comparisons.push_back(compare_runs(observation.runs[0].result.directory,
                                                   observation.runs[i].result.directory, {}));
  }
  // What agrees so far claims nothing; what parted is proven whatever would have come.
  if (observation.interrupted && !any_parted(observation)) throw Interrupted{};
  conclude_findings(plan, observation, *around.folders,
                    {outlet.directory / "arms", outlet.narrate, outlet.tick, &around.workplace,
                     nullptr, nullptr});
}

}  // namespace

Audit perform_audit(const Plan& plan, const AuditOutlet& outlet) {
  Observation observation;
  const std::string started = now_utc();
  try {
    observe_all(plan, outlet, observation);
  } catch (Interrupted& interruption) {
    interruption.runs_finished = static_cast<int>(observation.runs.size());
    throw;
  }
  Manifest manifest = collect_manifest(plan.subject.argv);
  add_gpus_used(observation, manifest);
  add_frameworks_used(observation, manifest);
  const Judgement judgement = judge(plan, observation, manifest);
  Audit audit;
  audit.verdict = judgement.verdict;
  audit.report = make_report(plan, observation, judgement, manifest);
  audit.report.started = started;
  audit.failure = failure_of(observation);
  audit.interrupted = observation.interrupted;
  // Control arms have said what they had to say; the runs' traces stay, for `diff`.
  std::error_code ignored;
  fs::remove_all(outlet.directory / "arms", ignored);
  return audit;
}

}  // namespace detaudit::auditor
