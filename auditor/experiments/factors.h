#pragma once

#include <vector>

#include "auditor/experiments/arms.h"
#include "rules/evidence.h"

namespace detaudit::auditor {

// Factors that can matter in an audit, what the subject asked for first: what was never read cannot
// decide anything.
std::vector<rules::Factor> factors_for(const Plan& plan, const AuditedRuns& runs);

// Whether two arms under the freed factor may come out alike by chance.
bool by_chance(rules::Factor factor);

// What held arms may hold, from the strongest on. Files are held where there is something to hold,
// or names are `drawn`.
std::vector<Hold> holds_for(const AuditedRuns& runs, bool drawn);

}  // namespace detaudit::auditor
