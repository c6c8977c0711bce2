#pragma once

#include "auditor/plan/plan.h"
#include "auditor/launch/runner.h"

namespace detaudit::auditor {

// PYTHONHASHSEED is set to a seed in our own environment: then it is the user's, and stays in every
// run and arm as it is.
bool user_holds_hash_seed();

// The conditions of the audit's run number `run`: what --perturb lists differs from run to run.
Conditions run_conditions(const Plan& plan, unsigned run);

// What an arm can hold besides the factors that always are; a subject may not survive it.
struct Hold {
  bool one_cpu = true;      // its threads on one processor, part of "one worker"
  bool process_id = true;   // answers a pinned process id
  bool other_clocks = true;  // monotonic clocks and processor time are pinned like the realtime one
  bool memory = true;        // fresh memory is filled
  bool files = false;       // starts in a fresh copy of its folder, without what earlier runs made
};

// Control arms. Held: every factor pinned to one value, one worker. Freed: the same, but for one
// factor, which takes its `value`-th value (0 is the held one, except for the schedule, which has
// no held value when free).
Conditions held_conditions(const Plan& plan, Hold hold);
Conditions freed_conditions(const Plan& plan, Hold hold, rules::Factor factor, unsigned value);

// Only the clock pinned, or only moved on by another day in each arm; all else as in the audit's run
// of that number, what --perturb varies included: does an output carry the time, and nothing else?
Conditions clock_pinned_conditions(const Plan& plan, unsigned arm);
Conditions clock_free_conditions(const Plan& plan, unsigned arm);

}  // namespace detaudit::auditor
