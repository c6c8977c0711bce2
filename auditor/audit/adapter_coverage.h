#pragma once

#include <string>
#include <vector>

#include "auditor/audit/observation.h"
#include "auditor/environment/manifest.h"

namespace detaudit::auditor {

// What adapters of frameworks could not see in any run: "python: operations inside of what
// torch.compile compiled (train.py:40)".
std::vector<std::string> unseen_by_adapters(const Observation& observation);

// Whether gradients were computed or applied in a run: "in training"; else what its models did was
// inference.
enum class Mode { kUnknown, kInference, kTraining };
Mode mode_of_runs(const Observation& observation);

// The frameworks that the runs used, by the versions that they told: "run.python", "run.torch", and what
// they did: "run.mode", "training", "training and evaluation" or "inference".
void add_frameworks_used(const Observation& observation, Manifest& manifest);

}  // namespace detaudit::auditor
