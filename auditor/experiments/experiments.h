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
  bool interrupted = false;                      // by Ctrl-C: the evidence is what there was by then
};

// Holds every factor in some arms, frees one at a time in others, and gathers the evidence at each
// group's origin. First replays; then, for what they leave open, a few arms a factor, and where one
// parts, more of both kinds, until rules::proven_by or the budget is spent.
Experiments run_experiments(const Plan& plan, const std::vector<OriginGroup>& groups,
                            const AuditedRuns& runs, const ArmOutlet& outlet);

// Folders that gave the same entries in another order in another run.
std::vector<std::string> reordered_folders(const std::vector<RunFacts>& facts);

// The evidence that the audit's own runs give about an origin, with no arm run.
rules::OriginEvidence recorded_evidence(const OriginGroup& group,
                                        const std::vector<RunFacts>& facts);

}  // namespace detaudit::auditor
