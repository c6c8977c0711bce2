#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/diagnostic.h"
#include "reports/report.h"

namespace detaudit::reports {

// What `detaudit scan` says: plain data, rendered twice to the same bytes.

enum class ScanStatus { kScanned, kDegraded, kSkipped };
const char* scan_status_name(ScanStatus status);

struct ScannedFile {
  std::string path;
  std::string kind;  // "C++"; "GPU code" of what is compiled
  ScanStatus status = ScanStatus::kScanned;
  uint64_t cubins = 0;
  uint64_t ptx = 0;      // texts
  uint64_t kernels = 0;  // distinct names
  std::vector<unsigned> sms;
  std::vector<std::string> reasons;  // why not all of it was read
  std::vector<std::string> facts;    // how it is compiled, where that decides about numbers
};

// What an audit saw of the place where a hazard is.
enum class Sight { kDiverged, kRan, kDidNotRun, kNotSeen };
const char* sight_name(Sight sight);  // "diverged", "ran", "did-not-run", "not-seen"

struct HazardSight {
  Sight sight = Sight::kNotSeen;
  std::vector<std::string> findings;  // of the audit, that this may be about: "F1"
  std::string why;  // why no more is known: of kNotSeen always, of kRan where it may have diverged
};

struct ScanFinding {
  std::string id;  // "S1"
  std::string code;
  Severity severity = Severity::kNote;
  std::string message;  // of compiled code said of the kernel, which goes before it
  std::string label;    // what is wrong at the location
  std::string cause, proof;
  std::string kernel;  // or function, as a person knows it
  std::string symbol;  // as the linker does; empty of a source
  // The whole name of what is called there, where that is the hazard; of C and C++ what is read.
  std::string call;
  bool in_kernel = false;  // of a source: `kernel` is one, no function that kernels call
  std::string file;    // that was scanned
  std::vector<unsigned> sms;
  std::optional<SourceLocation> location;  // in the source, where the code says so
  unsigned end_line = 0, end_column = 0;   // behind its last byte; 0: not known
  std::vector<std::string> evidence;
  ReportFix fix;
  std::optional<HazardSight> sight;  // where an audit was at hand
};

// A comment in a source that allows findings of a code on one line.
struct ScanSuppression {
  std::string code, file;
  unsigned line = 0;  // of the comment
  std::string reason;
  uint64_t findings = 0;  // that it took out
};

// The audit that was at hand.
struct ScanAudit {
  std::string id, verdict;
};

struct ScanReport {
  std::vector<ScannedFile> files;     // by path
  std::vector<ScanFinding> findings;  // by file, then place in the source, then kernel
  uint64_t ignored_files = 0;         // of directories: neither sources nor with GPU code
  std::vector<ScanSuppression> suppressions;  // that took something out, by file and line
  uint64_t excluded = 0;              // files and folders that --exclude left out
  std::optional<ScanAudit> audit;
};

bool is_source(const ScannedFile& file);
bool is_source(const ScanFinding& finding);
// The whole message in one sentence, a longer name cut to `name_width` characters.
std::string headline(const ScanFinding& finding, size_t name_width = 160);

uint64_t count_findings(const ScanReport& report, Severity severity);
uint64_t count_findings(const ScanReport& report, Sight sight);
uint64_t count_suppressed(const ScanReport& report);
uint64_t count_files(const ScanReport& report, ScanStatus status);

// What the audit at hand says of a finding: "ran in audit ID, and did not diverge". Empty without
// one.
std::string sight_sentence(const ScanReport& report, const ScanFinding& finding);

std::string render_scan_text(const ScanReport& report, Colour colour);
std::string render_scan_sarif(const ScanReport& report);
std::string render_scan_json(const ScanReport& report);

}  // namespace detaudit::reports
