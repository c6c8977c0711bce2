#include <pthread.h>
#include <time.h>

#include "instrument/libc/next_function.h"
#include "instrument/libc/stacks.h"

namespace detaudit::instrument {
namespace {

constexpr uint64_t kMostBirthDelayNs = 100'000;
constexpr uint64_t kLocksPerDelay = 16;
constexpr uint64_t kMostLockDelayNs = 400'000;
// What a thread may lose to delays: enough to reorder a few deliveries at once, then a hundredth of
// its time.
constexpr uint64_t kFreeDelayNs = 2'000'000;
constexpr uint64_t kShareOfTime = 100;

constinit NextFunction<int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>
    g_pthread_create("pthread_create");
constinit NextFunction<int(pthread_mutex_t*)> g_pthread_mutex_lock("pthread_mutex_lock");
constinit NextFunction<int(clockid_t, timespec*)> g_clock_gettime("clock_gettime");

// xorshift64* (Vigna, 2016), a stream a thread.
uint64_t next_random(ThreadLane& lane) {
  uint64_t& state = lane.schedule_state;
  if (state == 0) state = (probe_settings().schedule_seed ^ lane.name_hash) | 1;
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return state * 0x2545f4914f6cdd1du;
}

void sleep_ns(long ns) {
  timespec time{0, ns};
  nanosleep(&time, nullptr);
}

// Delays the thread at a lock, as a busy machine would: rarely, and within its allowance.
void delay_at_lock(ThreadLane& lane) {
  uint64_t random = next_random(lane) >> 16;
  if (random % kLocksPerDelay != 0) return;
  timespec now;
  g_clock_gettime.get()(CLOCK_MONOTONIC, &now);
  uint64_t now_ns = static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 +
                    static_cast<uint64_t>(now.tv_nsec);
  if (lane.delay_since_ns == 0) lane.delay_since_ns = now_ns;
  uint64_t allowed = kFreeDelayNs + (now_ns - lane.delay_since_ns) / kShareOfTime;
  if (lane.delayed_ns > allowed) return;
  uint64_t delay = (random >> 8) % kMostLockDelayNs;
  lane.delayed_ns += delay;
  sleep_ns(static_cast<long>(delay));
}

// In a ProbeScope, in what was born.
void come_late(ThreadLane& lane) {
  if (probe_settings().schedule_seed)
    sleep_ns(static_cast<long>((next_random(lane) >> 16) % kMostBirthDelayNs));
}

// A thread's first act: it takes its lane, and comes late when the run perturbs the schedule.
void* begin_thread(void* born) {
  auto* lane = static_cast<ThreadLane*>(born);
  void* (*start)(void*) = lane->start;
  void* argument = lane->argument;
  {
    ProbeScope scope;
    begin_lane(lane);
    come_late(*lane);
    // Last: what we leave there would follow the schedule.
    fill_stack(lane->stack_bytes);
  }
  return start(argument);
}

// A process's, after the recorder's own; not of one that only makes way for a program.
__attribute__((constructor)) void delay_forked_processes() {
  pthread_atfork(nullptr, nullptr, [] {
    ProbeScope scope;
    ThreadLane* lane = scope ? probe_lane() : nullptr;
    if (lane) come_late(*lane);
  });
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                                       void* (*start)(void*), void* argument) noexcept {
  ThreadLane* lane = nullptr;
  {
    ProbeScope scope;
    if (scope) {
      lane = bear_lane(start, argument);
      if (lane) lane->stack_bytes = fillable_stack(attributes);
      note_source(SourceKind::kThreadBirth, "pthread_create", DETAUDIT_CALL_SITE);
    }
  }
  if (!lane) return g_pthread_create.get()(thread, attributes, start, argument);
  int error = g_pthread_create.get()(thread, attributes, begin_thread, lane);
  if (error) {
    ProbeScope scope;
    bury_lane(lane);
  }
  return error;
}

DETAUDIT_INTERPOSED int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  if (probing() && probe_settings().schedule_seed) {
    ProbeScope scope;
    ThreadLane* lane = scope ? probe_lane() : nullptr;
    if (lane) delay_at_lock(*lane);
  }
  return g_pthread_mutex_lock.get()(mutex);
}
