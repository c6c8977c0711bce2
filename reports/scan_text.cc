#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <array>
#include <map>

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
constexpr size_t kFilesWithReasons = 50;

std::string folded(const std::string& text) {
  std::string wrapped = wrap(printable(text), kNoteWidth, 0);
  if (!wrapped.empty()) wrapped.pop_back();
  return wrapped;
}

std::string replacement(const ReportFix& fix) {
  std::string text = "`" + fix.replacement + "` does the same in a fixed order";
  if (fix.cost_ratio)
    text += fmt::format(", in {:.2g}x the time of atomics as measured", *fix.cost_ratio);
  return text;
}

Diagnostic as_diagnostic(const ScanReport& report, const ScanFinding& finding) {
  Diagnostic diagnostic;
  diagnostic.severity = finding.severity;
  diagnostic.code = finding.code;
  diagnostic.message = headline(finding);
  SourceLocation binary;
  binary.file = finding.file;
  diagnostic.location = finding.location.value_or(binary);
  diagnostic.label = finding.label;
  if (is_source(finding)) {
    if (!finding.kernel.empty()) diagnostic.notes.push_back(folded("in `" + finding.kernel + "`"));
  } else if (finding.location) {
    diagnostic.notes.push_back(folded("in " + finding.file));
  }
  for (const std::string& fact : finding.evidence) diagnostic.notes.push_back(folded(fact));
  diagnostic.notes.push_back(
      folded(fmt::format("cause: {}, {} from the code alone", finding.cause, finding.proof)));
  if (finding.sight) diagnostic.notes.push_back(folded(sight_sentence(report, finding)));
  diagnostic.helps.push_back(folded(finding.fix.summary));
  if (!finding.fix.replacement.empty())
    diagnostic.helps.push_back(folded(replacement(finding.fix)));
  return diagnostic;
}

const char* sight_words(Sight sight) {
  switch (sight) {
    case Sight::kDiverged:
      return "seen to diverge";
    case Sight::kRan:
      return "ran";
    case Sight::kDidNotRun:
      return "did not run";
    case Sight::kNotSeen:
      return "not seen";
  }
  return "not seen";
}

std::string line_of(const ScanFinding& finding) {
  const std::string place =
      is_source(finding) ? fmt::format("{}:{}: ", printable(finding.file), finding.location->line)
                         : "";
  const std::string seen =
      finding.sight ? fmt::format(" ({})", sight_words(finding.sight->sight)) : "";
  return fmt::format("  {}{}[{}]: {}{}\n", place, severity_name(finding.severity), finding.code,
                     printable(headline(finding, kWidth - 20)), seen);
}

// Compiled code's notes are counted, and listed in the other format: they would bury what fails.
bool is_shown(const ScanFinding& finding) {
  return finding.severity != Severity::kNote || is_source(finding);
}

std::string findings(const ScanReport& report, Colour colour) {
  std::vector<const ScanFinding*> shown;
  for (const ScanFinding& finding : report.findings) {
    if (is_shown(finding)) shown.push_back(&finding);
  }
  std::string out;
  const size_t full = std::min(shown.size(), kFindingsInFull);
  const size_t lines = std::min(shown.size(), kFindingsInFull + kFindingsInLines);
  for (size_t i = 0; i < full; ++i) out += render(as_diagnostic(report, *shown[i]), colour) + "\n";
  if (full < shown.size()) out += "further findings\n";
  for (size_t i = full; i < lines; ++i) out += line_of(*shown[i]);
  if (lines < shown.size()) {
    out += fmt::format("  and {} more: `--format json` lists all\n", shown.size() - lines);
  }
  return out + (full < shown.size() ? "\n" : "");
}

std::string gpu_table(const ScanReport& report) {
  Table table({{"file"},
               {"", Align::kLeft},
               {"cubins", Align::kRight},
               {"PTX", Align::kRight},
               {"kernels", Align::kRight},
               {"SMs"}});
  bool any = false;
  for (const ScannedFile& file : report.files) {
    if (is_source(file)) continue;
    any = true;
    table.add({printable(file.path), scan_status_name(file.status), std::to_string(file.cubins),
               std::to_string(file.ptx), std::to_string(file.kernels),
               fmt::format("{}", fmt::join(file.sms, ", "))});
  }
  return any ? table.render(kWidth, 2) : "";
}

// Thousands of files are lines by kind; each that was not read whole follows by name.
std::string source_table(const ScanReport& report) {
  std::map<std::string, std::array<uint64_t, 3>> kinds;
  for (const ScannedFile& file : report.files) {
    if (is_source(file)) ++kinds[file.kind][static_cast<size_t>(file.status)];
  }
  if (kinds.empty()) return "";
  Table table({{"sources"},
               {"scanned", Align::kRight},
               {"degraded", Align::kRight},
               {"skipped", Align::kRight}});
  for (const auto& [kind, counts] : kinds) {
    table.add(
        {kind, std::to_string(counts[0]), std::to_string(counts[1]), std::to_string(counts[2])});
  }
  return table.render(kWidth, 2);
}

std::string reasons(const ScanReport& report) {
  std::string out;
  size_t files = 0;
  for (const ScannedFile& file : report.files) {
    if (file.reasons.empty() || ++files > kFilesWithReasons) continue;
    for (const std::string& reason : file.reasons) {
      out += wrap(printable("= note: " + file.path + ": " + reason), kWidth, 2, 8);
    }
  }
  if (files > kFilesWithReasons) {
    out += fmt::format("  = note: and {}: `--format json` lists all\n",
                       counted(files - kFilesWithReasons, "more file"));
  }
  return out;
}

// Options that relax arithmetic: another compiler or machine may round otherwise.
std::string facts(const ScanReport& report) {
  std::map<std::string, uint64_t> files;
  for (const ScannedFile& file : report.files) {
    for (const std::string& fact : file.facts) ++files[fact];
  }
  std::string out;
  for (const auto& [fact, count] : files) {
    out += fmt::format("  = note: {} compiled with {}\n", counted(count, "file"), printable(fact));
  }
  return out;
}

std::string coverage(const ScanReport& report) {
  std::string out = gpu_table(report) + source_table(report) + reasons(report) + facts(report);
  if (report.ignored_files > 0) {
    out += fmt::format("  {} without GPU code\n", counted(report.ignored_files, "other file"));
  }
  if (report.excluded > 0) {
    out += fmt::format("  {} left out by --exclude\n", counted(report.excluded, "file or folder"));
  }
  return out;
}

std::string audit_counts(const ScanReport& report) {
  std::string counts;
  for (const Sight sight : {Sight::kDiverged, Sight::kRan, Sight::kDidNotRun, Sight::kNotSeen}) {
    counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count_findings(report, sight),
                          sight_words(sight));
  }
  return fmt::format("in audit {} ({}): {}\n", printable(report.audit->id),
                     printable(report.audit->verdict), counts);
}

std::string file_counts(const ScanReport& report) {
  return fmt::format("files: {} scanned, {} degraded, {} skipped\n",
                     count_files(report, ScanStatus::kScanned),
                     count_files(report, ScanStatus::kDegraded),
                     count_files(report, ScanStatus::kSkipped));
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

const char* sight_name(Sight sight) {
  switch (sight) {
    case Sight::kDiverged:
      return "diverged";
    case Sight::kRan:
      return "ran";
    case Sight::kDidNotRun:
      return "did-not-run";
    case Sight::kNotSeen:
      return "not-seen";
  }
  return "not-seen";
}

std::string sight_sentence(const ScanReport& report, const ScanFinding& finding) {
  if (!finding.sight) return "";
  const HazardSight& seen = *finding.sight;
  const std::string& id = report.audit->id;
  switch (seen.sight) {
    case Sight::kDiverged:
      return seen.findings.empty() ? fmt::format("seen to diverge in audit {}", id)
                                   : fmt::format("seen to diverge in audit {} ({})", id,
                                                 fmt::join(seen.findings, ", "));
    case Sight::kRan:
      return seen.why.empty() ? fmt::format("ran in audit {}, and did not diverge", id)
                              : fmt::format("ran in audit {}; {}", id, seen.why);
    case Sight::kDidNotRun:
      return fmt::format("did not run in audit {}", id);
    case Sight::kNotSeen:
      return fmt::format("not seen by audit {}: {}", id, seen.why);
  }
  return "";
}

bool is_source(const ScannedFile& file) { return file.kind != "GPU code"; }
bool is_source(const ScanFinding& finding) { return finding.symbol.empty(); }

std::string headline(const ScanFinding& finding, size_t name_width) {
  if (is_source(finding)) return finding.message;
  return "`" + shortened(printable(finding.kernel), name_width) + "` " + finding.message;
}

uint64_t count_findings(const ScanReport& report, Severity severity) {
  return static_cast<uint64_t>(
      std::count_if(report.findings.begin(), report.findings.end(),
                    [severity](const ScanFinding& f) { return f.severity == severity; }));
}

uint64_t count_findings(const ScanReport& report, Sight sight) {
  return static_cast<uint64_t>(
      std::count_if(report.findings.begin(), report.findings.end(),
                    [sight](const ScanFinding& f) { return f.sight && f.sight->sight == sight; }));
}

uint64_t count_suppressed(const ScanReport& report) {
  uint64_t count = 0;
  for (const ScanSuppression& each : report.suppressions) count += each.findings;
  return count;
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
  if (count_suppressed(report) > 0) {
    out += counted(count_suppressed(report), "finding") + " allowed by comments\n";
  }
  if (report.audit) out += audit_counts(report);
  out += file_counts(report);
  if (!std::all_of(report.findings.begin(), report.findings.end(), is_shown)) {
    out += "notes on compiled code are listed by `--format json`\n";
  }
  return out;
}

}  // namespace detaudit::reports
