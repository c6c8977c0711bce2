#pragma once

#include <vector>

#include "auditor/scan/scan.h"
#include "auditor/scan/scan_paths.h"

namespace detaudit::auditor {

// Reads all sources among the files, and adds to the report what was found and how each was read.
void scan_sources(const ScanRequest& request, const std::vector<ScanPath>& files,
                  reports::ScanReport& report);

}  // namespace detaudit::auditor
