#pragma once

#include <time.h>

#include <cstdint>

namespace detaudit::instrument {

// Waits and the clocks as the run wants them seen. A clock that is pinned stands still while a
// thread waits; the wait itself moves it on, so that who waits for a time to come sees it come.

// A deadline on `clock` as the caller at `site` knows it, as the real clock has it.
timespec real_deadline(clockid_t clock, const timespec& seen, const void* site);
// After a wait of the caller at `site` that lasted its whole time: so long, or until then.
void waited(int64_t ns, const void* site);
void waited_until(clockid_t clock, const timespec& seen, const void* site);

inline int64_t to_ns(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace detaudit::instrument
