#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auditor/audit/observation.h"
#include "auditor/compare/comparison.h"
#include "auditor/environment/manifest.h"
#include "auditor/plan/gpu_sight.h"

namespace detaudit::auditor {

// What the GPU probe said of its own sight in one run (records of SourceKind::kCoverage).
struct GpuCoverage {
  bool used = false;                  // the subject started the CUDA driver
  std::vector<std::string> seen;      // "gpu: 120 kernel launches, 118 digested"
  std::vector<std::string> detail;    // "gpu: fine, chosen by size: 120 launches, ..."
  std::vector<std::string> unseen;    // "gpu: 2 launches whose parameters could not be read"
  std::optional<std::string> blind;   // why nothing of the GPU was observed
  std::optional<std::string> unswept;  // why sweeps, asked for, compared nothing
};
GpuCoverage gpu_coverage(const GpuSight& sight, const RunFacts& run);

// The devices that runs had contexts on, and the CUDA version of their driver: "run.gpu",
// "run.cuda".
void add_gpus_used(const Observation& observation, Manifest& manifest);

// Sweeps took over at the same launches in every run: else their events do not correspond.
bool changed_over_alike(const Observation& observation);

}  // namespace detaudit::auditor
