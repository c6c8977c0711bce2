#include "auditor/places/scan_pointers.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <map>

#include "auditor/audit/kernel_name.h"
#include "auditor/scan/scan.h"
#include "auditor/scan/source_kind.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using reports::ReportFinding;
using reports::ScanFinding;

std::vector<ScanFinding> hazards_in(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error) || source_kind(file) == SourceKind::kNone) return {};
  ScanRequest request;
  request.paths = {file.string()};
  try {
    return scan(request).findings;
  } catch (const std::exception&) {
    return {};  // what cannot be scanned points nowhere: an audit is not lost for that
  }
}

bool is_about(const ScanFinding& hazard, const ReportFinding& finding) {
  if (hazard.cause != finding.cause && finding.cause != "unknown") return false;
  const unsigned line = finding.location->line;
  const bool at_line =
      line >= hazard.location->line && line <= std::max(hazard.location->line, hazard.end_line);
  return at_line ||
         (!finding.kernel.empty() && base_name(finding.kernel) == base_name(hazard.kernel));
}

// What scans have found so far, by file.
class Scanned {
 public:
  explicit Scanned(const fs::path& directory) : directory_(directory) {}
  const std::vector<ScanFinding>& in(const std::string& file) {
    static const std::vector<ScanFinding> kNone;
    if (!files_.contains(file)) {
      if (files_.size() == kMostScanned) return kNone;
      files_[file] = hazards_in(directory_ / file);
    }
    return files_[file];
  }

 private:
  const fs::path& directory_;
  std::map<std::string, std::vector<ScanFinding>> files_;
};

// The script that the subject's command line names; empty where it names none.
std::string script_of(const reports::Report& report, const fs::path& directory) {
  for (const std::string& argument : report.subject) {
    const fs::path path = (directory / argument).lexically_normal();
    std::error_code error;
    if (path.extension() == ".py" && fs::is_regular_file(path, error)) return path.string();
  }
  return "";
}

// No record tells where it came about: what a scan finds is told as that, and is no place of it.
void point_into_script(ReportFinding& finding, const std::string& script, Scanned& scanned) {
  if (script.empty() || finding.kind != "output" || finding.cause == "unknown") return;
  for (const ScanFinding& hazard : scanned.in(script)) {
    if (hazard.cause != finding.cause) continue;
    finding.evidence.push_back(
        fmt::format("the scan finds {} at {}:{}, of the same cause: nothing recorded tells whether "
                    "it is this one",
                    hazard.code, script, hazard.location->line));
  }
}

}  // namespace

void point_to_scan(reports::Report& report, const fs::path& directory) {
  Scanned scanned(directory);
  const std::string script = script_of(report, directory);
  for (ReportFinding& finding : report.findings) {
    if (!finding.location) {
      point_into_script(finding, script, scanned);
      continue;
    }
    const std::string& file = finding.location->file;
    for (const ScanFinding& hazard : scanned.in(file)) {
      if (!is_about(hazard, finding)) continue;
      finding.evidence.push_back(
          fmt::format("the scan finds {} at {}:{}", hazard.code, file, hazard.location->line));
    }
  }
}

}  // namespace detaudit::auditor
