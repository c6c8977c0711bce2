#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/diagnostic.h"

namespace detaudit::reports {

// The report model: everything a renderer needs, nothing it has to work out. Plain data; a stored
// audit gives the same model every time, so two renderings are byte-identical.

struct ReportRun {
  int index = 0;
  std::optional<int> exit_code;       // absent when ended by a signal
  std::optional<std::string> signal;  // "SIGSEGV"
  bool timed_out = false;
  uint64_t events = 0;
  bool lossy = false;
  double wall_seconds = 0;
  std::string digest;      // 32 hex digits; empty when nothing was recorded
  std::string conditions;  // "fill 0x5a, clock +3607 s, schedule seed 2, 2 threads"
};

struct ReportMagnitude {
  uint64_t elements = 0, differing = 0, max_ulp = 0;
  double max_abs = 0;
};

struct ReportFix {
  std::string summary;
  std::string replacement;           // "scatter_add/deterministic" or empty
  std::optional<double> cost_ratio;  // measured here: deterministic / atomic
};

struct ReportFinding {
  std::string id;    // "F1"
  std::string code;  // "DET101"
  Severity severity = Severity::kError;
  std::string message;  // one line, as the diagnostic's
  std::string cause;    // contract's word
  std::string proof;    // contract's word
  std::string kind;     // "operation", "rng-stream", "batch", "metric", "output"
  std::string op;
  std::string key;
  std::string kernel;  // of compiled GPU code: its whole name
  std::string lane;
  uint64_t step = 0;
  uint64_t event = 0;
  bool origin = true;
  uint64_t occurrences = 0;
  std::optional<ReportMagnitude> magnitude;
  std::optional<SourceLocation> location;
  std::vector<std::string> evidence;
  ReportFix fix;
};

// One column of the picture of where along the run digests part.
struct ReportBin {
  uint64_t first_step = 0, last_step = 0;
  uint64_t compared = 0, origins = 0, propagated = 0, missing = 0;
};

struct ReportMetric {
  std::string name;
  std::vector<double> last_values;  // one a run
  double max_abs_difference = 0;    // over all steps and runs
  std::optional<double> tolerance;
  bool within = true;
};

struct ReportOperation {  // what was covered, op by op
  std::string op;
  std::string kind;
  uint64_t events = 0;  // in run 0
  uint64_t origins = 0, propagated = 0;
  uint64_t replayed = 0;  // executions by replay
  bool varied = false;    // replay gave other bytes
};

struct Report {
  std::string audit_id;
  std::string verdict;               // contract's word
  std::vector<std::string> reasons;  // why not better, or what the claim covers
  std::string scope;
  std::string goal;
  std::vector<std::string> subject;
  std::string started;  // ISO 8601, UTC
  std::string title;    // "built-in workload convnet" or the program's name
  std::vector<ReportRun> runs;
  uint64_t events_compared = 0;
  uint64_t lanes = 0;
  uint64_t unaligned = 0;  // events in one run only
  uint64_t untested = 0;   // inputs already differed and no replay
  uint64_t propagated = 0;
  std::vector<std::string> unseen;
  std::vector<std::string> perturbed;    // factors in force
  std::vector<std::string> unperturbed;  // asked for, not possible here, and why
  std::vector<std::string> gpu;          // how its work was looked at; empty where there was none
  unsigned comparisons = 0;
  double divergence_probability_upper_95 = 1;
  std::vector<ReportFinding> findings;
  std::vector<ReportBin> timeline;
  std::vector<ReportMetric> metrics;
  std::vector<ReportOperation> operations;
  std::vector<std::string>
      experiments;  // control arms, one line each: what was changed, what came of it
  std::map<std::string, std::string> environment;  // flat: "cpu.model" -> "..."
};

// For a terminal: the verdict first, at most 100 columns unless a name is longer.
std::string render_text(const Report& report, Colour colour);

// `detaudit.report/1` as docs/report.schema.json has it. Numbers round-trip; a number that is not
// finite is "inf", "-inf" or "nan"; bytes that are not UTF-8 are written out as `\xNN`.
std::string render_json(const Report& report);

// The inverse: render_json(parse_json(text)) == text for any text of render_json. Unknown members
// are left out. Throws DiagnosticError (exit 2, DET903) for anything else than such a report.
Report parse_json(const std::string& text);

// One page that needs nothing else: no script, no request.
std::string render_html(const Report& report);

}  // namespace detaudit::reports
