#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "reports/scan_report.h"

namespace detaudit::auditor {

struct ScanRequest {
  std::vector<std::string> paths;
  std::vector<std::string> rules;     // codes; empty: all
  std::vector<std::string> excludes;  // globs of paths, or of names along them
  std::optional<std::string> build;          // folder with compile_commands.json, or the file
  std::optional<std::string> changed_since;  // keep what the work since this revision adds
  std::optional<std::string> cuda_path;      // a CUDA toolkit; "none": as if there were none
  std::filesystem::path cache;               // folder of earlier readings; empty: none
  unsigned threads = 1;
};

// Scans what the paths name for hazards in sources and in compiled GPU code, running nothing.
// Throws DET901 and DET902 for paths that cannot be scanned: missing, unreadable, neither a source
// nor GPU code, damaged beyond use.
reports::ScanReport scan(const ScanRequest& request);

}  // namespace detaudit::auditor
