#pragma once

#include <string>
#include <vector>

#include "reports/scan_report.h"

namespace detaudit::auditor {

// Scans what the paths name for hazards in compiled GPU code, running nothing. Throws DET901 and
// DET902 for paths that cannot be scanned: missing, unreadable, not GPU code, damaged beyond use.
reports::ScanReport scan(const std::vector<std::string>& paths, unsigned threads);

}  // namespace detaudit::auditor
