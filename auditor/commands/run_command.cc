#include <filesystem>
#include <fmt/format.h>
#include <iostream>
#include <optional>

#include "auditor/audit/audit.h"
#include "auditor/commands/again.h"
#include "auditor/commands/command.h"
#include "auditor/commands/command_line.h"
#include "auditor/commands/failing_verdict.h"
#include "auditor/commands/narration.h"
#include "auditor/commands/run_options.h"
#include "auditor/commands/scratch_directory.h"
#include "auditor/launch/interruption.h"
#include "auditor/launch/workplace.h"
#include "auditor/places/scan_pointers.h"
#include "auditor/store/store.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using reports::ExitCode;

// The built-in workload checks its own inputs, before anything runs or is written. Its diagnostic
// is passed on as it is.
bool inputs_are_good(const Plan& plan) {
  if (!plan.subject.builtin) return true;
  Subject check = plan.subject;
  check.argv.push_back("--check");
  if (plan.scope == Scope::kDevice) check.argv.insert(check.argv.end(), {"--device", "cuda"});
  const ScratchDirectory scratch;
  RunOptions options;
  options.directory = scratch.path() / "check";
  options.probe_libc = false;
  const RunResult result = run_subject(check, {}, options);
  if (result.end == RunEnd::kInterrupted) throw Interrupted{};
  if (result.end == RunEnd::kExited && result.exit_code == 0) return true;
  std::cerr << result.stderr_tail;
  return false;
}

// What --again needs: the options but for those about this one audit's place.
AuditPlan plan_of(const RunRequest& request) {
  AuditPlan plan;
  plan.options = request.options;
  plan.directory = fs::current_path().string();
  if (!request.plan.subject.builtin) plan.subject = request.plan.subject.argv;
  return plan;
}

// Nothing, or why not.
std::optional<reports::DiagnosticError> keep(Store& store, const std::string& id,
                                             const reports::Report& report) {
  try {
    store.complete(id, report);
    return std::nullopt;
  } catch (const reports::DiagnosticError& error) {
    return error;
  }
}

// To the store, the page beside the traces, the page asked for, and stdout: one that cannot be
// written keeps none of the others away. Throws the first failure, then, with what there is.
void hand_over(const RunRequest& request, Store& store, const std::string& id,
               const reports::Report& report) {
  std::optional<reports::DiagnosticError> failure = keep(store, id, report);
  const bool stored = !failure;
  const auto wrote = [&](const std::string& text, const std::string& file) {
    try {
      write_result(text, file);
      return true;
    } catch (const reports::DiagnosticError& error) {
      if (!failure) failure = error;
      return false;
    }
  };
  const std::string html = render_html(report);
  std::string shown = (store.trace_directory(id) / "report.html").string();
  bool paged = wrote(html, shown);
  if (!request.report_file.empty()) {
    shown = request.report_file;
    paged = wrote(html, shown);
  }
  if (request.format == ResultFormat::kJson) {
    wrote(render_json(report), "");
    std::cerr << "audit " << id << (paged ? ", report: " + shown : "") << "\n";
  } else {
    reports::Report told = report;
    if (!stored) told.audit_id.clear();
    wrote(render_text(told, colour_for(1)) + (paged ? fmt::format("report: {}\n", shown) : ""), "");
  }
  if (!failure) return;
  reports::Diagnostic diagnostic = failure->diagnostic();
  diagnostic.notes.push_back(
      stored ? fmt::format("the audit is stored ({}): see it with `detaudit report {}`",
                           report.verdict, id)
             : fmt::format("the audit ({}) is not stored; its traces are in `{}`", report.verdict,
                           store.trace_directory(id).string()));
  throw reports::DiagnosticError(diagnostic, failure->exit_code());
}

// Copies of the subject's folder are gone by now.
void name_originals(reports::Report& report, const fs::path& directory, const fs::path& audit) {
  for (reports::ReportFinding& finding : report.findings) {
    if (!finding.location) continue;
    finding.location->file = out_of_copy(finding.location->file, directory, audit);
  }
}

ExitCode finish(const RunRequest& request, Store& store, const std::string& id, Audit& audit) {
  audit.report.audit_id = id;
  // The workload's operations are at the calls of kernels: no hazard is to be found there.
  if (!request.plan.subject.builtin) {
    const fs::path& directory = request.plan.subject.directory;
    name_originals(audit.report, directory, store.trace_directory(id));
    point_to_scan(audit.report, directory, store.trace_directory(id));
  }
  hand_over(request, store, id, audit.report);
  const ExitCode code = exit_code(audit.verdict);
  say_why_not(audit);
  return code == ExitCode::kDivergent &&
                 request.on_divergence == RunRequest::OnDivergence::kNoFail
             ? ExitCode::kOk
             : code;
}

// What is refused was never an audit; one that got further is kept with the traces that it has. A
// store that cannot be written shows it as interrupted all the same, once this process is gone.
void give_up(Store& store, const std::string& id, const std::string& reason) {
  std::error_code error;
  try {
    if (fs::exists(store.trace_directory(id) / "run-0", error)) {
      store.interrupt(id, reason);
    } else {
      store.discard(id);
    }
  } catch (const reports::DiagnosticError&) {
  }
}

ExitCode interrupted(Store& store, const std::string& id, int runs) {
  store.interrupt(id, "interrupted");
  reports::Diagnostic diagnostic{reports::Severity::kError, "DET909", "interrupted", {}, {}, {}, {}};
  diagnostic.notes.push_back(fmt::format("the subject was ended; {} run{} finished before that",
                                         runs, runs == 1 ? "" : "s"));
  diagnostic.notes.push_back("what was recorded is kept in " + store.trace_directory(id).string());
  diagnostic.helps.push_back("run again to get a verdict");
  std::cerr << render(diagnostic, colour_for(2));
  return ExitCode::kInconclusive;
}

}  // namespace

ExitCode run_command(const Arguments& arguments) {
  const InterruptionWatch watch;  // over all of it: Ctrl-C between two runs is one all the same
  RunRequest request = parse_run(arguments);
  if (request.helped) return ExitCode::kOk;
  const fs::path db =
      fs::absolute(request.db.empty() ? Store::default_path() : fs::path(request.db));
  if (!request.again.empty()) repeat_audit(request, Store(db, Store::Access::kReadOnly));
  check_writable(request.report_file);
  if (!inputs_are_good(request.plan)) return ExitCode::kUsage;
  Store store(db, Store::Access::kReadWrite);
  const std::string id = store.begin(plan_of(request), request.plan.title);
  Narration narration(request.plan.title);
  Audit audit;
  try {
    audit = perform_audit(request.plan, {store.trace_directory(id), narration.phase(),
                                         narration.tick(), narration.line()});
    narration.done();
  } catch (const Interrupted& interruption) {
    narration.done();
    return interrupted(store, id, interruption.runs_finished);
  } catch (const reports::DiagnosticError& error) {
    narration.done();
    give_up(store, id, error.what());
    throw;
  } catch (const std::exception& error) {
    narration.done();
    store.interrupt(id, error.what());
    throw;
  }
  return finish(request, store, id, audit);
}

}  // namespace detaudit::auditor
