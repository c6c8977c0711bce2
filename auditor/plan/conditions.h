#pragma once

#include "auditor/plan/plan.h"
#include "auditor/launch/runner.h"

namespace detaudit::auditor {

// The conditions of the audit's run number `run`: what --perturb lists differs from run to run.
Conditions run_conditions(const Plan& plan, unsigned run);

// Control arms. Held: every factor pinned to one value, one worker. Freed: the same, but for one
// factor, which takes its `value`-th value (0 is the held one, except for the schedule, which has
// no held value when free).
Conditions held_conditions(const Plan& plan);
Conditions freed_conditions(const Plan& plan, rules::Factor factor, unsigned value);

// Only the clock pinned, all else as in the audit's run number `run`, what --perturb varies included:
// does an output carry the time?
Conditions clock_pinned_conditions(const Plan& plan, unsigned run);

}  // namespace detaudit::auditor
