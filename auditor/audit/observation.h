#pragma once

#include <string>
#include <vector>

#include "auditor/audit/outputs.h"
#include "auditor/plan/plan.h"
#include "auditor/compare/comparison.h"
#include "auditor/launch/runner.h"
#include "rules/cause.h"

namespace detaudit::auditor {

// One run as observed.
struct ObservedRun {
  Conditions conditions;
  RunResult result;
  RunFacts facts;
  RunOutputs outputs;
  bool traced = false;     // a probe was at work inside the process
  bool failed() const {
    return result.end != RunEnd::kExited || result.exit_code != 0;
  }
};

// One origin and what was concluded about it.
struct Finding {
  OriginGroup group;
  rules::OriginEvidence evidence;
  rules::Conclusion conclusion;
  bool proven_divergence = true;   // false: its own records are the lossy ones
  bool set_aside = false;          // an output that only carries the clock
};

// Everything that an audit saw, before it is judged.
struct Observation {
  std::vector<ObservedRun> runs;
  std::vector<Comparison> comparisons;   // run 0 with run i + 1
  std::vector<Finding> findings;
  std::vector<std::string> experiments;
};

}  // namespace detaudit::auditor
