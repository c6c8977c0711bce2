#pragma once

#include <string>
#include <vector>

#include "auditor/plan/plan.h"
#include "auditor/compare/comparison.h"
#include "auditor/launch/runner.h"

namespace detaudit::auditor {

// What a run left outside its process: stdout, stderr when judged, and the files that it opened for
// writing, each as it stands after the run.
struct RunOutputs {
  uint64_t judged = 0;                 // outputs that were digested
  std::vector<std::string> ignored;    // left out by --ignore-output
  std::vector<std::string> unseen;     // written, but not to be read afterwards
};

// Digests the outputs in 64 KiB chunks and appends them to the run's trace as events of kind
// kOutput, so that they are aligned, compared and experimented on like every other event.
RunOutputs record_outputs(const Plan& plan, const RunResult& result, const RunFacts& facts);

}  // namespace detaudit::auditor
