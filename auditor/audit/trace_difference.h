#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "auditor/audit/audit.h"
#include "auditor/environment/manifest.h"

namespace detaudit::auditor {

// One side of `detaudit diff`: a run's trace, and what is known about where it came from.
struct TraceSide {
  std::string name;                     // audit id or path
  std::filesystem::path trace;
  // Of a stored audit; empty for a bare trace.
  Manifest manifest;
  std::vector<std::string> subject;
  std::vector<reports::ReportFinding> findings;
};

// Compares two recorded runs. Nothing is executed, so a cause is what one of their audits concluded
// about the same origin, with its proof, or else `unknown`.
Audit compare_traces(const TraceSide& first, const TraceSide& second);

}  // namespace detaudit::auditor
