#include "auditor/plan/conditions.h"

#include <array>
#include <string>

namespace detaudit::auditor {
namespace {

using rules::Factor;

// glibc hands out blocks filled with the complement of MALLOC_PERTURB_. These complements are
// small floats (0.03 to 0.5) when read as float32, so that garbage is visible without being NaN.
constexpr std::array<uint8_t, 6> kFills = {0xc2, 0xc3, 0xc1, 0xc4, 0xc6, 0xc5};
uint8_t fill(unsigned value) { return kFills[value % kFills.size()]; }

// A day, an hour, a minute and a second: every field of a calendar time changes.
constexpr int64_t kClockStepNs = int64_t{90061} * 1'000'000'000;

uint32_t hash_seed(unsigned value) { return 1 + value * 1013u; }

// Thread pools that read their size from the environment.
constexpr std::array<const char*, 4> kThreadVariables = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                                                         "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"};

void pin_schedule(Conditions& conditions) {
  conditions.control.workers = 1;
  conditions.control.schedule_seed = 0;
  for (const char* name : kThreadVariables) conditions.variables[name] = "1";
}

}  // namespace

Conditions run_conditions(const Plan& plan, unsigned run) {
  Conditions conditions;
  conditions.control.replays = plan.replays;
  if (plan.perturb.contains(Factor::kMemory)) conditions.memory_fill = fill(run);
  if (plan.perturb.contains(Factor::kSchedule)) conditions.control.schedule_seed = run + 1;
  if (plan.perturb.contains(Factor::kClock)) conditions.control.clock_shift_ns = run * kClockStepNs;
  if (plan.perturb.contains(Factor::kHashSeed)) conditions.hash_seed = hash_seed(run);
  if (plan.perturb.contains(Factor::kAddresses)) {
    conditions.addresses = Conditions::Addresses::kRandom;
  }
  if (plan.scope == Scope::kThreadCount) {
    // The asked number first, then 1, 2, 3, ...: every run but a repeat differs from the first.
    const unsigned threads = run == 0 && plan.threads ? plan.threads : run == 0 ? 2 : run;
    conditions.extra_arguments = {"--threads", std::to_string(threads)};
  }
  return conditions;
}

Conditions held_conditions(const Plan& plan) {
  Conditions conditions;
  conditions.memory_fill = fill(0);
  conditions.hash_seed = hash_seed(0);
  conditions.addresses = Conditions::Addresses::kFixed;
  conditions.control.entropy_seed = 1;
  conditions.control.clock_pinned = true;
  conditions.extra_arguments = run_conditions(plan, 0).extra_arguments;
  pin_schedule(conditions);
  return conditions;
}

Conditions freed_conditions(const Plan& plan, Factor factor, unsigned value) {
  Conditions conditions = held_conditions(plan);
  switch (factor) {
    case Factor::kMemory:
      conditions.memory_fill = fill(value);
      break;
    case Factor::kEntropy:
      conditions.control.entropy_seed = 1 + value;
      break;
    case Factor::kClock:
      conditions.control.clock_shift_ns = value * kClockStepNs;
      break;
    case Factor::kAddresses:
      conditions.addresses =
          value == 0 ? Conditions::Addresses::kFixed : Conditions::Addresses::kRandom;
      break;
    case Factor::kHashSeed:
      conditions.hash_seed = hash_seed(value);
      break;
    case Factor::kSchedule:
      conditions.control.workers = 0;
      conditions.control.schedule_seed = value + 1;
      for (const char* name : kThreadVariables) conditions.variables.erase(name);
      break;
  }
  return conditions;
}

Conditions clock_pinned_conditions(const Plan& plan, unsigned run) {
  Conditions conditions = run_conditions(plan, run);
  conditions.control.replays = 0;
  conditions.control.clock_shift_ns = 0;
  conditions.control.clock_pinned = true;
  return conditions;
}

}  // namespace detaudit::auditor
