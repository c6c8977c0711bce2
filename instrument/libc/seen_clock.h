#pragma once

#include <time.h>

#include <cstdint>

#include "instrument/libc/clock_reader.h"

namespace detaudit::instrument {

// The clocks as the run wants them seen: shifted; or pinned, and counted in each thread's own
// readings, so that no schedule shows in them. In a ProbeScope.
enum class ClockKind { kRealtime, kMonotonic, kProcessorTime };
ClockKind kind_of(clockid_t clock);
bool is_seen_otherwise(ClockKind kind);  // than it is

enum class Reading { kCounted, kPeeked };  // what the subject reads, or what it would
int64_t seen_time_ns(clockid_t clock, ClockReader reader, Reading reading);
int64_t real_time_ns(clockid_t clock);

timespec to_timespec(int64_t ns);

}  // namespace detaudit::instrument
