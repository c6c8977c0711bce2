#include "instrument/libc/seen_clock.h"

#include <algorithm>
#include <atomic>

#include "instrument/libc/next_function.h"
#include "instrument/libc/timed_waits.h"

namespace detaudit::instrument {
namespace {

constexpr int64_t kNanoseconds = 1'000'000'000;
constexpr int64_t kPinnedStart = int64_t{1577836800} * kNanoseconds;  // 2020-01-01 00:00:00 UTC
constexpr int64_t kPinnedUptime = 1000 * kNanoseconds;
constexpr int64_t kPinnedTick = 1000;

constinit NextFunction<int(clockid_t, timespec*)> g_clock_gettime("clock_gettime");
constinit std::atomic<int64_t> g_waited_ns{0};

int64_t pinned_start(ClockKind kind) {
  switch (kind) {
    case ClockKind::kRealtime: return kPinnedStart + probe_settings().clock_shift_ns;
    case ClockKind::kMonotonic: return kPinnedUptime;
    case ClockKind::kProcessorTime: break;
  }
  return 0;
}

bool is_pinned(ClockKind kind) {
  return kind == ClockKind::kRealtime ? probe_settings().clock_pinned
                                      : probe_settings().other_clocks_pinned;
}

}  // namespace

ClockKind kind_of(clockid_t clock) {
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI: return ClockKind::kRealtime;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM: return ClockKind::kMonotonic;
    default: return ClockKind::kProcessorTime;
  }
}

bool is_seen_otherwise(ClockKind kind) {
  return is_pinned(kind) ||
         (kind == ClockKind::kRealtime && probe_settings().clock_shift_ns != 0);
}

int64_t real_time_ns(clockid_t clock) {
  timespec time{};
  g_clock_gettime.get()(clock, &time);
  return to_ns(time);
}

int64_t seen_time_ns(clockid_t clock, Reading reading) {
  const ClockKind kind = kind_of(clock);
  if (!is_pinned(kind)) {
    const int64_t shift = kind == ClockKind::kRealtime ? probe_settings().clock_shift_ns : 0;
    return real_time_ns(clock) + shift;
  }
  ThreadLane* lane = probe_lane();
  int64_t readings = 0;
  if (lane) {
    readings = static_cast<int64_t>(lane->clock_readings);
    if (reading == Reading::kCounted) ++lane->clock_readings;
  }
  // Waiting takes no processor time.
  const int64_t waits =
      kind == ClockKind::kProcessorTime ? 0 : g_waited_ns.load(std::memory_order_relaxed);
  return pinned_start(kind) + readings * kPinnedTick + waits;
}

void advance_pinned_clocks(int64_t ns) {
  if (ns > 0) g_waited_ns.fetch_add(ns, std::memory_order_relaxed);
}

timespec to_timespec(int64_t ns) {
  int64_t seconds = ns / kNanoseconds, rest = ns % kNanoseconds;
  if (rest < 0) {
    rest += kNanoseconds;
    --seconds;
  }
  return {seconds, rest};
}

timespec real_deadline(clockid_t clock, const timespec& seen) {
  ProbeScope scope;
  if (!scope || !is_seen_otherwise(kind_of(clock)) || seen.tv_nsec < 0 ||
      seen.tv_nsec >= kNanoseconds || seen.tv_sec < 0 || seen.tv_sec > INT64_MAX / kNanoseconds / 2)
    return seen;
  const int64_t left = to_ns(seen) - seen_time_ns(clock, Reading::kPeeked);
  return to_timespec(std::max<int64_t>(real_time_ns(clock) + left, 0));
}

void waited(int64_t ns) {
  ProbeScope scope;
  if (scope) advance_pinned_clocks(ns);
}

void waited_until(clockid_t clock, const timespec& seen) {
  ProbeScope scope;
  if (scope && is_pinned(kind_of(clock)))
    advance_pinned_clocks(to_ns(seen) - seen_time_ns(clock, Reading::kPeeked));
}

}  // namespace detaudit::instrument
