#pragma once

#include <filesystem>

#include "reports/report.h"

namespace detaudit::auditor {

// Adds to the evidence of each finding what a scan finds at its place: "the scan finds DET301 at
// train.py:12". Of an output that nothing placed, those of its cause in the script that the command
// line names: they may be it, and its place stays untold. Scans the sources that findings are in,
// each by itself: at most kMostScanned of them, none that is gone. `directory`: what names of files
// are relative to.
inline constexpr size_t kMostScanned = 16;
void point_to_scan(reports::Report& report, const std::filesystem::path& directory);

}  // namespace detaudit::auditor
