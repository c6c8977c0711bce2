#pragma once

#include <filesystem>

#include "reports/report.h"

namespace detaudit::auditor {

// Adds to the evidence of each finding what a scan finds at its place: "the scan finds DET301 at
// train.py:12", and in the same file the only place that read what an experiment proves to be its
// cause, as the traces in `runs` (one folder a run) have it. Of an output that nothing else is told
// of, those of its cause in the script that the command line names: they may be it. Scans the
// sources that findings are in, each by itself: at most kMostScanned of them, none that is gone.
// `directory`: what names of files are relative to.
inline constexpr size_t kMostScanned = 16;
void point_to_scan(reports::Report& report, const std::filesystem::path& directory,
                   const std::filesystem::path& runs);

}  // namespace detaudit::auditor
