#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "auditor/plan/plan.h"
#include "auditor/audit/verdict.h"
#include "auditor/experiments/arms.h"
#include "reports/report.h"

namespace detaudit::auditor {

// An audit's way to the outside while it works.
struct AuditOutlet {
  std::filesystem::path directory;   // of the audit: run-0, run-1, ..., arms/
  std::function<void(const std::string&)> narrate;
  std::function<void(double seconds)> tick;
  std::function<void(const std::string&)> say;  // lines that stay; may be empty
};

// A finished audit: the model that is stored and rendered, and its verdict.
struct Audit {
  reports::Report report;
  Verdict verdict = Verdict::kInconclusive;
  std::optional<reports::Diagnostic> failure;  // of the subject itself, for stderr
  bool interrupted = false;                    // once runs had parted
};

// Runs the subject plan.runs times, compares, experiments where runs part, judges.
// Throws reports::DiagnosticError when the subject cannot be started or traces cannot be kept,
// Interrupted on Ctrl-C before any two runs parted: what is proven by then is kept.
Audit perform_audit(const Plan& plan, const AuditOutlet& outlet);

}  // namespace detaudit::auditor
