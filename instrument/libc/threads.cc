#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "instrument/libc/next_function.h"

namespace detaudit::instrument {
namespace {

constexpr uint64_t kMostBirthDelayNs = 100'000;
constexpr uint64_t kLocksPerYield = 256;
constexpr uint64_t kLocksPerDelay = 4096;
constexpr long kLockDelayNs = 20'000;

constinit NextFunction<int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>
    g_pthread_create("pthread_create");
constinit NextFunction<int(pthread_mutex_t*)> g_pthread_mutex_lock("pthread_mutex_lock");

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

// A thread's first act: it takes its lane, and comes late when the run perturbs the schedule.
void* begin_thread(void* born) {
  auto* lane = static_cast<ThreadLane*>(born);
  void* (*start)(void*) = lane->start;
  void* argument = lane->argument;
  {
    ProbeScope scope;
    begin_lane(lane);
    if (probe_settings().schedule_seed)
      sleep_ns(static_cast<long>((next_random(*lane) >> 16) % kMostBirthDelayNs));
  }
  return start(argument);
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
    if (lane) {
      uint64_t random = next_random(*lane) >> 16;
      if (random % kLocksPerDelay == 0)
        sleep_ns(kLockDelayNs);
      else if (random % kLocksPerYield == 0)
        sched_yield();
    }
  }
  return g_pthread_mutex_lock.get()(mutex);
}
