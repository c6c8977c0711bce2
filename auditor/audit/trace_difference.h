#pragma once

#include <filesystem>

#include "auditor/audit/audit.h"
#include "auditor/environment/manifest.h"

namespace detaudit::auditor {

// One side of `detaudit diff`: a run's trace, and what is known about where it came from.
struct TraceSide {
  std::string name;                     // audit id or path
  std::filesystem::path trace;
  Manifest manifest;                    // empty for a bare trace
};

// Compares two recorded runs. Nothing is executed: causes rest on what was recorded alone.
Audit compare_traces(const TraceSide& first, const TraceSide& second);

}  // namespace detaudit::auditor
