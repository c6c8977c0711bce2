#pragma once

#include <string>
#include <vector>

#include "auditor/experiments/arms.h"
#include "rules/evidence.h"

namespace detaudit::auditor {

// What the control arms found out about every origin of an audit.
struct Experiments {
  std::vector<rules::OriginEvidence> evidence;   // one per group, in order
  std::vector<std::string> lines;                // one per arm, for the report
};

// Holds every factor, then frees one at a time, and gathers the evidence at each group's origin.
// `sources` are the nondeterministic sources that the audit's runs read; `replays` what replay in
// those runs found.
Experiments run_experiments(const Plan& plan, const std::vector<OriginGroup>& groups,
                            const std::vector<RunFacts>& facts, const ArmOutlet& outlet);

// The evidence that the audit's own runs give about an origin, with no arm run.
rules::OriginEvidence recorded_evidence(const OriginGroup& group,
                                        const std::vector<RunFacts>& facts);

}  // namespace detaudit::auditor
