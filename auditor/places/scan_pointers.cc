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

}  // namespace

void point_to_scan(reports::Report& report, const fs::path& directory) {
  std::map<std::string, std::vector<ScanFinding>> scanned;
  for (ReportFinding& finding : report.findings) {
    if (!finding.location) continue;
    const std::string& file = finding.location->file;
    if (!scanned.contains(file)) {
      if (scanned.size() == kMostScanned) continue;
      scanned[file] = hazards_in(directory / file);
    }
    for (const ScanFinding& hazard : scanned[file]) {
      if (!is_about(hazard, finding)) continue;
      finding.evidence.push_back(
          fmt::format("the scan finds {} at {}:{}", hazard.code, file, hazard.location->line));
    }
  }
}

}  // namespace detaudit::auditor
