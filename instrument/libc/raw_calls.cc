#include <linux/futex.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "instrument/libc/next_function.h"
#include "instrument/libc/seen_calls.h"
#include "instrument/libc/timed_waits.h"

namespace detaudit::instrument {
namespace {

constinit NextFunction<long(long, ...)> g_syscall("syscall");

// A futex's wait until a deadline on the clock that its flags name, or for a while.
long wait_on_futex(const long (&a)[6], const void* site) {
  const auto* time = reinterpret_cast<const timespec*>(a[3]);
  const long operation = a[1] & FUTEX_CMD_MASK;
  const bool until = operation == FUTEX_WAIT_BITSET;
  auto call = [&](const timespec* limit) {
    return g_syscall.get()(SYS_futex, a[0], a[1], a[2], reinterpret_cast<long>(limit), a[4], a[5]);
  };
  if (!time || (!until && operation != FUTEX_WAIT)) return call(time);
  const clockid_t clock = a[1] & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC;
  const timespec limit = until ? real_deadline(clock, *time, site) : *time;
  const long result = call(&limit);
  if (result == -1 && errno == ETIMEDOUT) {
    if (until)
      waited_until(clock, *time, site);
    else
      waited(to_ns(*time), site);
  }
  return result;
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

// Sources that are read past the C library's own functions.
DETAUDIT_INTERPOSED long syscall(long number, ...) noexcept {
  long a[6];
  va_list arguments;
  va_start(arguments, number);
  for (long& each : a) each = va_arg(arguments, long);
  va_end(arguments);
  switch (number) {
    case SYS_getrandom:
      if (take_over_entropy("syscall(SYS_getrandom)", DETAUDIT_CALL_SITE,
                            reinterpret_cast<void*>(a[0]), static_cast<size_t>(a[1])))
        return a[1];
      break;
    case SYS_futex: return wait_on_futex(a, DETAUDIT_CALL_SITE);
    case SYS_getpid: return seen_process_id("syscall(SYS_getpid)", DETAUDIT_CALL_SITE);
    case SYS_getppid: return seen_parent_id("syscall(SYS_getppid)", DETAUDIT_CALL_SITE);
    case SYS_gettid: return seen_thread_id("syscall(SYS_gettid)", DETAUDIT_CALL_SITE);
    default: break;
  }
  return g_syscall.get()(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
