#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include "reports/painter.h"
#include "reports/paragraphs.h"
#include "reports/phrases.h"
#include "reports/printable.h"
#include "reports/scan_report.h"
#include "reports/table.h"

namespace detaudit::reports {
namespace {

constexpr size_t kWidth = 100;
constexpr size_t kNoteWidth = kWidth - 13;
constexpr size_t kFindingsInFull = 25;
constexpr size_t kFindingsInLines = 200;
constexpr size_t kNameWidth = 160;

std::string folded(const std::string& text) {
  std::string wrapped = wrap(printable(text), kNoteWidth, 0);
  if (!wrapped.empty()) wrapped.pop_back();
  return wrapped;
}

Diagnostic as_diagnostic(const ScanFinding& finding) {
  Diagnostic diagnostic;
  diagnostic.severity = finding.severity;
  diagnostic.code = finding.code;
  diagnostic.message =
      "`" + shortened(printable(finding.kernel), kNameWidth) + "` " + finding.message;
  SourceLocation binary;
  binary.file = finding.file;
  diagnostic.location = finding.location.value_or(binary);
  if (finding.location) diagnostic.notes.push_back(folded("in " + finding.file));
  for (const std::string& fact : finding.evidence) diagnostic.notes.push_back(folded(fact));
  diagnostic.notes.push_back(
      folded(fmt::format("cause: {}, {} from the code alone", finding.cause, finding.proof)));
  diagnostic.helps.push_back(folded(finding.fix.summary));
  return diagnostic;
}

std::string line_of(const ScanFinding& finding) {
  return fmt::format("  {}[{}]: `{}` {}\n", severity_name(finding.severity), finding.code,
                     shortened(printable(finding.kernel), kWidth - 20), printable(finding.message));
}

// Notes are counted, and listed in the other format: they would bury what fails.
std::string findings(const ScanReport& report, Colour colour) {
  std::vector<const ScanFinding*> shown;
  for (const ScanFinding& finding : report.findings) {
    if (finding.severity != Severity::kNote) shown.push_back(&finding);
  }
  std::string out;
  const size_t full = std::min(shown.size(), kFindingsInFull);
  const size_t lines = std::min(shown.size(), kFindingsInFull + kFindingsInLines);
  for (size_t i = 0; i < full; ++i) out += render(as_diagnostic(*shown[i]), colour) + "\n";
  if (full < shown.size()) out += "further findings\n";
  for (size_t i = full; i < lines; ++i) out += line_of(*shown[i]);
  if (lines < shown.size()) {
    out += fmt::format("  and {} more: `--format json` lists all\n", shown.size() - lines);
  }
  return out + (full < shown.size() ? "\n" : "");
}

std::string coverage(const ScanReport& report) {
  Table table({{"file"},
               {"", Align::kLeft},
               {"cubins", Align::kRight},
               {"PTX", Align::kRight},
               {"kernels", Align::kRight},
               {"SMs"}});
  for (const ScannedFile& file : report.files) {
    table.add({printable(file.path), scan_status_name(file.status), std::to_string(file.cubins),
               std::to_string(file.ptx), std::to_string(file.kernels),
               fmt::format("{}", fmt::join(file.sms, ", "))});
  }
  std::string out = table.render(kWidth, 2);
  for (const ScannedFile& file : report.files) {
    for (const std::string& reason : file.reasons) {
      out += wrap(printable("= note: " + file.path + ": " + reason), kWidth, 2, 8);
    }
  }
  if (report.ignored_files > 0) {
    out += fmt::format("  {} without GPU code\n", counted(report.ignored_files, "other file"));
  }
  return out;
}

}  // namespace

const char* scan_status_name(ScanStatus status) {
  switch (status) {
    case ScanStatus::kScanned:
      return "scanned";
    case ScanStatus::kDegraded:
      return "degraded";
    case ScanStatus::kSkipped:
      return "skipped";
  }
  return "skipped";
}

uint64_t count_findings(const ScanReport& report, Severity severity) {
  return static_cast<uint64_t>(
      std::count_if(report.findings.begin(), report.findings.end(),
                    [severity](const ScanFinding& f) { return f.severity == severity; }));
}

uint64_t count_files(const ScanReport& report, ScanStatus status) {
  return static_cast<uint64_t>(
      std::count_if(report.files.begin(), report.files.end(),
                    [status](const ScannedFile& f) { return f.status == status; }));
}

std::string render_scan_text(const ScanReport& report, Colour colour) {
  Painter painter(colour);
  std::string out = findings(report, colour);
  out += painter.bold("coverage") + "\n" + coverage(report);
  out += fmt::format("\n{}, {}, {}\n", counted(count_findings(report, Severity::kError), "error"),
                     counted(count_findings(report, Severity::kWarning), "warning"),
                     counted(count_findings(report, Severity::kNote), "note"));
  if (count_findings(report, Severity::kNote) > 0) out += "notes are listed by `--format json`\n";
  return out;
}

}  // namespace detaudit::reports
