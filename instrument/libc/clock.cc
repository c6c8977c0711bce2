#include <sys/time.h>
#include <time.h>

#include "instrument/libc/next_function.h"

namespace detaudit::instrument {
namespace {

constexpr int64_t kNanoseconds = 1'000'000'000;
constexpr int64_t kPinnedStart = int64_t{1577836800} * kNanoseconds;  // 2020-01-01 00:00:00 UTC
constexpr int64_t kPinnedTick = 1000;

constinit NextFunction<int(clockid_t, timespec*)> g_clock_gettime("clock_gettime");

bool is_realtime(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

const char* reading_name(clockid_t clock) {
  if (is_realtime(clock)) return "clock_gettime(CLOCK_REALTIME)";
  switch (clock) {
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
      return "clock_gettime(CLOCK_MONOTONIC)";
    default:
      return "clock_gettime(CPU time)";
  }
}

int64_t real_time_ns(clockid_t clock) {
  timespec time{};
  g_clock_gettime.get()(clock, &time);
  return time.tv_sec * kNanoseconds + time.tv_nsec;
}

// The realtime clock as the run wants it seen: shifted, or pinned and counted in each thread's own
// readings, so that no schedule shows in it.
int64_t seen_time_ns(clockid_t clock) {
  const Settings& wanted = probe_settings();
  if (!wanted.clock_pinned) return real_time_ns(clock) + wanted.clock_shift_ns;
  ThreadLane* lane = probe_lane();
  int64_t readings = lane ? static_cast<int64_t>(lane->clock_readings++) : 0;
  return kPinnedStart + wanted.clock_shift_ns + readings * kPinnedTick;
}

timespec to_timespec(int64_t ns) {
  int64_t seconds = ns / kNanoseconds, rest = ns % kNanoseconds;
  if (rest < 0) {
    rest += kNanoseconds;
    --seconds;
  }
  return {seconds, rest};
}

// The realtime clock for a function of that name, called from `site`.
int64_t read_realtime(const char* function, const void* site) {
  ProbeScope scope;
  if (!scope) return real_time_ns(CLOCK_REALTIME);
  note_source(SourceKind::kClock, function, site);
  return seen_time_ns(CLOCK_REALTIME);
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED int clock_gettime(clockid_t clock, timespec* out) noexcept {
  {
    ProbeScope scope;
    if (scope) {
      note_source(SourceKind::kClock, reading_name(clock), DETAUDIT_CALL_SITE);
      if (is_realtime(clock)) {
        *out = to_timespec(seen_time_ns(clock));
        return 0;
      }
    }
  }
  return g_clock_gettime.get()(clock, out);
}

DETAUDIT_INTERPOSED int timespec_get(timespec* out, int base) noexcept {
  if (base != TIME_UTC) return 0;
  *out = to_timespec(read_realtime("timespec_get", DETAUDIT_CALL_SITE));
  return base;
}

DETAUDIT_INTERPOSED time_t time(time_t* out) noexcept {
  time_t seconds = to_timespec(read_realtime("time", DETAUDIT_CALL_SITE)).tv_sec;
  if (out) *out = seconds;
  return seconds;
}

DETAUDIT_INTERPOSED int gettimeofday(timeval* out, void* zone) noexcept {
  if (zone) *static_cast<struct timezone*>(zone) = {};
  timespec time = to_timespec(read_realtime("gettimeofday", DETAUDIT_CALL_SITE));
  *out = {time.tv_sec, time.tv_nsec / 1000};
  return 0;
}

// std::chrono's clocks, so that the call site is the subject's and not the C++ library's.
DETAUDIT_INTERPOSED int64_t system_clock_now() noexcept
    __asm__("_ZNSt6chrono3_V212system_clock3nowEv");
int64_t system_clock_now() noexcept {
  return read_realtime("std::chrono::system_clock::now", DETAUDIT_CALL_SITE);
}

DETAUDIT_INTERPOSED int64_t steady_clock_now() noexcept
    __asm__("_ZNSt6chrono3_V212steady_clock3nowEv");
int64_t steady_clock_now() noexcept {
  ProbeScope scope;
  if (scope) note_source(SourceKind::kClock, "std::chrono::steady_clock::now", DETAUDIT_CALL_SITE);
  return real_time_ns(CLOCK_MONOTONIC);
}
