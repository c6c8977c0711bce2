#pragma once

#include <cstdint>
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
  ScanStatus status = ScanStatus::kScanned;
  uint64_t cubins = 0;
  uint64_t ptx = 0;      // texts
  uint64_t kernels = 0;  // distinct names
  std::vector<unsigned> sms;
  std::vector<std::string> reasons;  // why not all of it was read
};

struct ScanFinding {
  std::string id;  // "S1"
  std::string code;
  Severity severity = Severity::kNote;
  std::string message, cause, proof;
  std::string kernel;  // as a person knows it
  std::string symbol;  // as the linker does
  std::string file;    // that was scanned
  std::vector<unsigned> sms;
  std::optional<SourceLocation> location;  // in the source, where the code says so
  std::vector<std::string> evidence;
  ReportFix fix;
};

struct ScanReport {
  std::vector<ScannedFile> files;     // by path
  std::vector<ScanFinding> findings;  // by file, then place in the source, then kernel
  uint64_t ignored_files = 0;         // of directories: those without GPU code
};

uint64_t count_findings(const ScanReport& report, Severity severity);
uint64_t count_files(const ScanReport& report, ScanStatus status);

std::string render_scan_text(const ScanReport& report, Colour colour);
std::string render_scan_json(const ScanReport& report);

}  // namespace detaudit::reports
