#pragma once

#include <vector>

#include "auditor/audit/observation.h"
#include "auditor/experiments/arms.h"

namespace detaudit::auditor {

// The origins of all comparisons as one list by step, then execution order; then those that replay
// alone named (operations downstream of another origin, or audits of one run). Outputs come last.
std::vector<OriginGroup> gather_origins(const Observation& observation);

// A missing event proves nothing when the run that lacks it lost records, or did not end well; an
// output cut off by the time limit is as long as the machine was fast.
bool is_proven(const OriginGroup& group, const Observation& observation);

// What a run did not come to that ended before its time is no divergence: its end is what to explain.
bool cut_off(const OriginGroup& group, const Observation& observation, size_t comparison);

// Searches the GPU's launches, runs the control arms and concludes on every origin. Fills findings
// and experiments.
void conclude_findings(const Plan& plan, Observation& observation, WatchedFolders& folders,
                       const ArmOutlet& outlet);

}  // namespace detaudit::auditor
