#include "auditor/commands/failing_verdict.h"

#include <fmt/format.h>
#include <iostream>

#include "auditor/commands/command_line.h"

namespace detaudit::auditor {
namespace {

std::string how_divergent(const reports::Report& report) {
  if (report.findings.empty()) {
    return "divergent: " + (report.reasons.empty() ? "" : report.reasons.front());
  }
  const reports::ReportFinding& first = report.findings.front();
  return fmt::format("divergent: {} finding{}, the first is {} in `{}`", report.findings.size(),
                     report.findings.size() == 1 ? "" : "s", first.cause, first.op);
}

}  // namespace

void say_why_not(const Audit& audit) {
  if (exit_code(audit.verdict) == reports::ExitCode::kOk) return;
  reports::Diagnostic why;
  const reports::Report& report = audit.report;
  if (audit.verdict == Verdict::kDivergent) {
    why.message = how_divergent(report);
    if (audit.failure) {
      why.notes.push_back(audit.failure->message);
      why.notes.insert(why.notes.end(), audit.failure->notes.begin(), audit.failure->notes.end());
    }
  } else if (audit.failure) {
    why = *audit.failure;
  } else {
    why.code = "DET908";
    why.message = "inconclusive: " + (report.reasons.empty() ? "" : report.reasons.front());
  }
  if (audit.interrupted) {
    why.code = "DET909";
    why.message = "interrupted; " + why.message;
    why.helps.push_back("run again to have the causes settled");
  }
  std::cerr << render(why, colour_for(2));
}

}  // namespace detaudit::auditor
