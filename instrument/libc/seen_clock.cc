#include "instrument/libc/seen_clock.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "instrument/libc/next_function.h"
#include "instrument/libc/timed_waits.h"

namespace detaudit::instrument {
namespace {

constexpr int64_t kNanoseconds = 1'000'000'000;
constexpr int64_t kPinnedStart = int64_t{1577836800} * kNanoseconds;  // 2020-01-01 00:00:00 UTC
constexpr int64_t kPinnedUptime = 1000 * kNanoseconds;

// What a reading takes. Of the monotonic clocks some are a lock's, by chance: about what it really
// takes, so that these hardly show and who spins until a time still sees it come.
int64_t pinned_tick(ClockKind kind) { return kind == ClockKind::kMonotonic ? 50 : 1000; }

// A lock that backs off waits shorter than this, as often as the schedule has it.
constexpr int64_t kShortWait = kNanoseconds / 100;
constexpr int64_t kUncountedWaits = kNanoseconds;

constinit NextFunction<int(clockid_t, timespec*)> g_clock_gettime("clock_gettime");
constinit std::atomic<int64_t> g_waited_ns[kClockReaders] = {};

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

// Who waits for a time to come by many short waits looks at a clock before each: those count from
// the second second on. How often a lock backs off shows in no clock.
bool is_counted(PinnedClocks& clocks, int64_t ns) {
  const bool looked = std::exchange(clocks.looked, false);
  if (ns >= kShortWait) return true;
  if (!looked) return false;
  if (clocks.short_waits_ns >= kUncountedWaits) return true;
  clocks.short_waits_ns += ns;
  return false;
}

void advance(ClockReader reader, int64_t ns) {
  g_waited_ns[static_cast<size_t>(reader)].fetch_add(ns, std::memory_order_relaxed);
}

// A lock looks at the clock for the deadline of a wait as often as the schedule has it: as if it
// had not. No time goes by for it.
void take_back_reading(ClockReader reader, ClockKind kind) {
  ThreadLane* lane = probe_lane();
  if (!lane || !std::exchange(lane->clocks.may_be_deadline, false) ||
      lane->clocks.looked_last != 1 + static_cast<int>(reader))
    return;
  uint64_t& read = lane->clocks.readings[static_cast<size_t>(reader)][static_cast<size_t>(kind)];
  if (read > 0) --read;
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
  return is_pinned(kind) || (kind == ClockKind::kRealtime && probe_settings().clock_shift_ns != 0);
}

int64_t real_time_ns(clockid_t clock) {
  timespec time{};
  g_clock_gettime.get()(clock, &time);
  return to_ns(time);
}

int64_t seen_time_ns(clockid_t clock, ClockReader reader, Reading reading) {
  const ClockKind kind = kind_of(clock);
  if (!is_pinned(kind)) {
    const int64_t shift = kind == ClockKind::kRealtime ? probe_settings().clock_shift_ns : 0;
    return real_time_ns(clock) + shift;
  }
  const auto who = static_cast<size_t>(reader);
  int64_t readings = 0;
  if (ThreadLane* lane = probe_lane()) {
    PinnedClocks& clocks = lane->clocks;
    uint64_t& read = clocks.readings[who][static_cast<size_t>(kind)];
    readings = static_cast<int64_t>(read);
    if (reading == Reading::kCounted) {
      ++read;
      clocks.looked = clocks.may_be_deadline = true;
      clocks.looked_last = static_cast<uint8_t>(1 + who);
    }
  }
  // Waiting takes no processor time.
  const int64_t waits =
      kind == ClockKind::kProcessorTime ? 0 : g_waited_ns[who].load(std::memory_order_relaxed);
  return pinned_start(kind) + readings * pinned_tick(kind) + waits;
}

timespec to_timespec(int64_t ns) {
  int64_t seconds = ns / kNanoseconds, rest = ns % kNanoseconds;
  if (rest < 0) {
    rest += kNanoseconds;
    --seconds;
  }
  return {seconds, rest};
}

timespec real_deadline(clockid_t clock, const timespec& seen, const void* site) {
  ProbeScope scope;
  if (!scope || !is_seen_otherwise(kind_of(clock)) || seen.tv_nsec < 0 ||
      seen.tv_nsec >= kNanoseconds || seen.tv_sec < 0 || seen.tv_sec > INT64_MAX / kNanoseconds / 2)
    return seen;
  const ClockReader waits = reader_at(site);
  const int64_t left = to_ns(seen) - seen_time_ns(clock, waits, Reading::kPeeked);
  take_back_reading(waits, kind_of(clock));
  return to_timespec(std::max<int64_t>(real_time_ns(clock) + left, 0));
}

// Moves the clock of who waits, and of who looked last: a library may wait for the program, and the
// program for a library.
void waited(int64_t ns, const void* site) {
  ProbeScope scope;
  ThreadLane* lane = scope ? probe_lane() : nullptr;
  if (!lane || ns <= 0 || !is_counted(lane->clocks, ns)) return;
  const ClockReader waits = reader_at(site);
  const uint8_t last = lane->clocks.looked_last;
  if (waits == ClockReader::kProgram || last == 0) advance(waits, ns);
  if (last > 0 && (waits == ClockReader::kLibrary || last - 1 != static_cast<int>(waits)))
    advance(static_cast<ClockReader>(last - 1), ns);
}

void waited_until(clockid_t clock, const timespec& seen, const void* site) {
  ProbeScope scope;
  ThreadLane* lane = scope && is_pinned(kind_of(clock)) ? probe_lane() : nullptr;
  if (!lane) return;
  const ClockReader waits = reader_at(site);
  const int64_t ns = to_ns(seen) - seen_time_ns(clock, waits, Reading::kPeeked);
  if (ns > 0 && is_counted(lane->clocks, ns)) advance(waits, ns);
}

}  // namespace detaudit::instrument
