#include <fmt/format.h>

#include <algorithm>

#include "reports/painter.h"
#include "reports/paragraphs.h"
#include "reports/phrases.h"
#include "reports/printable.h"
#include "reports/report.h"
#include "reports/table.h"

namespace detaudit::reports {
namespace {

constexpr size_t kWidth = 100;
constexpr size_t kNoteWidth = kWidth - 13;  // after "   = note: " and a gutter of some digits
constexpr size_t kFindingsInFull = 25;
constexpr size_t kRowsShown = 40;
constexpr size_t kNameWidth = 40;

std::string name(const std::string& text) { return shortened(printable(text), kNameWidth); }

// Broken into lines that a diagnostic indents.
std::string folded(const std::string& text) {
  std::string wrapped = wrap(printable(text), kNoteWidth, 0);
  if (!wrapped.empty()) wrapped.pop_back();
  return wrapped;
}

std::string note(const std::string& text) {
  return wrap("= note: " + printable(text), kWidth, 3, 8);
}

std::string verdict_word(const Report& report, const Painter& painter) {
  if (report.verdict == "divergent") return painter.bad(report.verdict);
  if (report.verdict == "inconclusive") return painter.doubtful(report.verdict);
  return painter.good(printable(report.verdict));
}

std::string verdict(const Report& report, const Painter& painter) {
  std::string out = verdict_word(report, painter);
  out += painter.bold(": " + printable(claim(report))) + "\n";
  if (std::string first = first_origin(report); !first.empty()) out += note(first);
  for (const std::string& reason : report.reasons) out += note(reason);
  if (report.goal != "bitwise" && !report.goal.empty()) out += note("the goal was " + report.goal);
  return out + note(bound(report));
}

Diagnostic as_diagnostic(const ReportFinding& finding) {
  Diagnostic diagnostic;
  diagnostic.severity = finding.severity;
  diagnostic.code = finding.code;
  diagnostic.message = finding.message;
  diagnostic.location = finding.location;
  diagnostic.notes.push_back(folded(place(finding)));
  if (finding.magnitude) diagnostic.notes.push_back(folded(magnitude(*finding.magnitude)));
  diagnostic.notes.push_back(folded(proof(finding)));
  for (const std::string& fact : finding.evidence) diagnostic.notes.push_back(folded(fact));
  if (std::string help = remedy(finding.fix); !help.empty()) {
    diagnostic.helps.push_back(folded(help));
  }
  return diagnostic;
}

std::string findings(const Report& report, Colour colour) {
  std::string out;
  size_t full = std::min(report.findings.size(), kFindingsInFull);
  for (size_t i = 0; i < full; ++i) out += "\n" + render(as_diagnostic(report.findings[i]), colour);
  if (full == report.findings.size()) return out;
  out += "\nfurther findings\n";
  for (size_t i = full; i < report.findings.size(); ++i) {
    const ReportFinding& finding = report.findings[i];
    out += fmt::format("  {}[{}]: {}\n", severity_name(finding.severity), printable(finding.code),
                       shortened(printable(finding.message), kWidth - 20));
  }
  return out;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + printable(part);
  return out;
}

std::string heading(const std::string& text, const Painter& painter) {
  return "\n" + painter.bold(text) + "\n";
}

std::string coverage(const Report& report) {
  Table table({{""}, {""}});
  table.add({"events", fmt::format("{} compared in {}, {} in one run only", report.events_compared,
                                   counted(report.lanes, "lane"), report.unaligned)});
  if (report.propagated > 0) {
    table.add({"propagated", fmt::format("{} differ only because their inputs already did",
                                         counted(report.propagated, "event"))});
  }
  if (report.untested > 0) {
    table.add({"untested", fmt::format("{} had unequal inputs and were not replayed",
                                       counted(report.untested, "event"))});
  }
  if (!report.perturbed.empty()) table.add({"perturbed", joined(report.perturbed)});
  for (const std::string& factor : report.unperturbed) {
    table.add({"not perturbed", printable(factor)});
  }
  for (const std::string& line : report.gpu) table.add({"looked at", printable(line)});
  for (const std::string& unseen : report.unseen) table.add({"not seen", printable(unseen)});
  return table.render(kWidth, 2);
}

std::string runs(const Report& report) {
  constexpr size_t kDigits = 12;
  Table table({{"run", Align::kRight},
               {"end"},
               {"events", Align::kRight},
               {"seconds", Align::kRight},
               {"digest"},
               {"conditions"}});
  for (const ReportRun& run : report.runs) {
    std::string digest = run.digest.empty() ? "none" : run.digest.substr(0, kDigits);
    if (digest_differs(report, run)) digest += " differs";
    table.add({std::to_string(run.index + 1), printable(run_end(run)),
               std::to_string(run.events) + (run.lossy ? " lossy" : ""),
               fmt::format("{:.2f}", run.wall_seconds), printable(digest),
               printable(run.conditions)});
  }
  return table.render(kWidth, 2);
}

std::string metrics(const Report& report) {
  Table table({{"metric"},
               {"largest difference", Align::kRight},
               {"tolerance", Align::kRight},
               {""},
               {"last values"}});
  for (const ReportMetric& metric : report.metrics) {
    std::string values;
    for (double value : metric.last_values) {
      values += fmt::format("{}{}", values.empty() ? "" : ", ", value);
    }
    std::string judged = metric.within ? "within" : "beyond";
    table.add({name(metric.name), fmt::format("{:.3g}", metric.max_abs_difference),
               metric.tolerance ? fmt::format("{}", *metric.tolerance) : "",
               metric.tolerance ? judged : "", values});
  }
  return table.render(kWidth, 2);
}

std::string operations(const Report& report) {
  Table table({{"operation"},
               {"kind"},
               {"events", Align::kRight},
               {"origins", Align::kRight},
               {"propagated", Align::kRight},
               {"replayed", Align::kRight},
               {""}});
  size_t shown = std::min(report.operations.size(), kRowsShown);
  for (size_t i = 0; i < shown; ++i) {
    const ReportOperation& each = report.operations[i];
    table.add({name(each.op), name(each.kind), std::to_string(each.events),
               std::to_string(each.origins), std::to_string(each.propagated),
               std::to_string(each.replayed), each.varied ? "varies" : ""});
  }
  std::string out = table.render(kWidth, 2);
  if (shown < report.operations.size()) {
    out += fmt::format("  and {} more\n", report.operations.size() - shown);
  }
  return out;
}

// The facts that tell one machine from another at a glance; the other formats have them all.
std::string environment(const Report& report) {
  constexpr const char* kShown[] = {
      "os.name",      "os.kernel",  "cpu.model",       "cpu.usable",    "cpu.isa",
      "libc.version", "gpu.driver", "cuda.toolkit",    "cudnn.version", "python.version",
      "run.mode",     "git.commit", "git.state",       "program.compiler"};
  Table table({{""}, {""}});
  size_t shown = 0;
  for (const char* fact : kShown) {
    auto found = report.environment.find(fact);
    if (found == report.environment.end() || found->second == "absent") continue;
    table.add({fact, printable(found->second)});
    ++shown;
  }
  std::string out = table.render(kWidth, 2);
  if (shown < report.environment.size()) {
    out += fmt::format("  and {} in the other formats\n",
                       counted(report.environment.size() - shown, "more fact"));
  }
  return out;
}

std::string list(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += wrap("- " + printable(line), kWidth, 2);
  return out;
}

}  // namespace

std::string render_text(const Report& report, Colour colour) {
  Painter painter(colour);
  std::string out = verdict(report, painter) + findings(report, colour);
  out += heading("coverage", painter) + coverage(report);
  if (!report.runs.empty()) out += heading("runs", painter) + runs(report);
  if (!report.metrics.empty()) out += heading("metrics", painter) + metrics(report);
  if (!report.operations.empty()) out += heading("operations", painter) + operations(report);
  if (!report.experiments.empty())
    out += heading("experiments", painter) + list(report.experiments);
  if (!report.environment.empty()) out += heading("environment", painter) + environment(report);
  if (!report.audit_id.empty()) {
    std::string id = printable(report.audit_id);
    out += "\n" + wrap("stored as audit " + id + "; see it again with `detaudit report " + id + "`",
                       kWidth, 0);
  }
  return out;
}

}  // namespace detaudit::reports
