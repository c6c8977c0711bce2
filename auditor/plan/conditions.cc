#include "auditor/plan/conditions.h"

#include <array>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace detaudit::auditor {
namespace {

using rules::Factor;

// glibc hands out blocks filled with the complement of MALLOC_PERTURB_. These complements are
// ordinary numbers in every width, so that garbage is neither NaN nor lost in the sum it enters:
// 0.7, 3, 12, 0.2, 49 and 0.05 as float32, 0.0005, 32, 2e6, 7e-9, 2e11 and 1e-13 as float64. The
// first two, which two runs have, are the least unlike what they stand beside.
constexpr std::array<uint8_t, 6> kFills = {0xc0, 0xbf, 0xbe, 0xc1, 0xbd, 0xc2};
uint8_t fill(unsigned value) { return kFills[value % kFills.size()]; }
// Never the held one, whatever the value.
uint8_t freed_fill(unsigned value) {
  return value == 0 ? kFills[0] : kFills[1 + (value - 1) % (kFills.size() - 1)];
}

// A day, an hour, a minute, a second and some of it: every field of a calendar time changes.
constexpr int64_t kClockStepNs = int64_t{90061} * 1'000'000'000 + 137'071'033;

// Of the orders that folders' entries are given in; those above it are no sorted ones.
constexpr uint64_t kSorted = 1;

std::optional<uint32_t> hash_seed(unsigned value) {
  if (user_holds_hash_seed()) return std::nullopt;
  return 10001 + value * 1013u;  // of one length: an interpreter keeps it on its heap
}

// Thread pools that read their size from the environment; the limit also rules what a program asks
// of OpenMP itself.
constexpr std::array<const char*, 5> kThreadVariables = {"OMP_NUM_THREADS", "OMP_THREAD_LIMIT",
                                                         "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
                                                         "NUMEXPR_NUM_THREADS"};

void pin_schedule(Conditions& conditions, Hold hold) {
  conditions.one_cpu = hold.one_cpu;
  conditions.control.workers = 1;
  conditions.control.schedule_seed = 0;
  for (const char* name : kThreadVariables) conditions.variables[name] = "1";
}

}  // namespace

bool user_holds_hash_seed() {
  const char* seed = std::getenv("PYTHONHASHSEED");
  return seed && *seed && std::string_view(seed) != "random";
}

Conditions run_conditions(const Plan& plan, unsigned run) {
  Conditions conditions;
  plan.gpu.apply(conditions.control);
  conditions.control.replays = plan.replays;
  conditions.folder = plan.folder;
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
  if (plan.scope == Scope::kDevice)
    conditions.extra_arguments = {"--device", run % 2 == 0 ? "cpu" : "cuda"};
  return conditions;
}

Conditions held_conditions(const Plan& plan, Hold hold) {
  Conditions conditions;
  conditions.folder = hold.files ? Conditions::Folder::kFresh : plan.folder;
  plan.gpu.apply(conditions.control);
  if (hold.memory) conditions.memory_fill = fill(0);
  conditions.hash_seed = hash_seed(0);
  conditions.addresses = Conditions::Addresses::kFixed;
  conditions.control.entropy_seed = 1;
  conditions.control.clock_pinned = true;
  conditions.control.other_clocks_pinned = hold.other_clocks;
  conditions.control.folder_order = kSorted;
  conditions.extra_arguments = run_conditions(plan, 0).extra_arguments;
  conditions.control.pid_pinned = hold.process_id;
  conditions.random_held = true;
  pin_schedule(conditions, hold);
  return conditions;
}

Conditions freed_conditions(const Plan& plan, Hold hold, Factor factor, unsigned value) {
  Conditions conditions = held_conditions(plan, hold);
  switch (factor) {
    case Factor::kMemory:
      conditions.memory_fill = freed_fill(value);
      break;
    case Factor::kEntropy:
      conditions.control.entropy_seed = 1 + value;
      break;
    case Factor::kClock:
      // Running: what is measured varies by itself.
      conditions.control.clock_pinned = value == 0;
      conditions.control.other_clocks_pinned = hold.other_clocks && value == 0;
      conditions.control.clock_shift_ns = value * kClockStepNs;
      break;
    case Factor::kAddresses:
      conditions.addresses =
          value == 0 ? Conditions::Addresses::kFixed : Conditions::Addresses::kRandom;
      break;
    case Factor::kHashSeed:
      conditions.hash_seed = hash_seed(value);
      break;
    case Factor::kProcessId:
      conditions.control.pid_pinned = value == 0;
      break;
    case Factor::kFolderOrder:
      conditions.control.folder_order = kSorted + value;
      break;
    case Factor::kEarlierFiles:
      conditions.folder = Conditions::Folder::kCarried;
      break;
    case Factor::kSchedule:
      conditions.one_cpu = false;
      conditions.control.workers = 0;
      conditions.control.schedule_seed = value + 1;
      for (const char* name : kThreadVariables) conditions.variables.erase(name);
      break;
  }
  return conditions;
}

Conditions clock_pinned_conditions(const Plan& plan, unsigned arm) {
  Conditions conditions = clock_free_conditions(plan, arm);
  conditions.control.clock_shift_ns = 0;
  conditions.control.clock_pinned = true;
  conditions.control.other_clocks_pinned = true;
  return conditions;
}

Conditions clock_free_conditions(const Plan& plan, unsigned arm) {
  Conditions conditions = run_conditions(plan, arm);
  conditions.control.replays = 0;
  conditions.control.clock_shift_ns = (arm + 1) * kClockStepNs;
  return conditions;
}

}  // namespace detaudit::auditor
