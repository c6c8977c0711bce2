#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "instrument/libc/next_function.h"
#include "instrument/libc/seen_clock.h"

namespace detaudit::instrument {
namespace {

constinit NextFunction<int(clockid_t, timespec*)> g_clock_gettime("clock_gettime");
constinit NextFunction<clock_t()> g_clock("clock");
constinit NextFunction<clock_t(tms*)> g_times("times");
constinit NextFunction<int(__rusage_who_t, rusage*)> g_getrusage("getrusage");

const char* reading_name(ClockKind kind) {
  switch (kind) {
    case ClockKind::kRealtime: return "clock_gettime(CLOCK_REALTIME)";
    case ClockKind::kMonotonic: return "clock_gettime(CLOCK_MONOTONIC)";
    case ClockKind::kProcessorTime: break;
  }
  return "clock_gettime(CPU time)";
}

// A clock for a function of that name, called from `site`.
int64_t read_clock(clockid_t clock, const char* function, const void* site) {
  ProbeScope scope;
  if (!scope) return real_time_ns(clock);
  note_source(SourceKind::kClock, function, site);
  return seen_time_ns(clock, reader_at(site), Reading::kCounted);
}

// Notes a reading; true when the run wants that clock seen otherwise, as it then is in `ns`.
bool take_over_clock(clockid_t clock, const char* function, const void* site, int64_t& ns) {
  ProbeScope scope;
  if (!scope) return false;
  note_source(SourceKind::kClock, function, site);
  if (!is_seen_otherwise(kind_of(clock))) return false;
  ns = seen_time_ns(clock, reader_at(site), Reading::kCounted);
  return true;
}

timeval to_timeval(int64_t ns) {
  const timespec time = to_timespec(ns);
  return {time.tv_sec, time.tv_nsec / 1000};
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED int clock_gettime(clockid_t clock, timespec* out) noexcept {
  int64_t ns;
  const int result = g_clock_gettime.get()(clock, out);
  if (result == 0 && take_over_clock(clock, reading_name(kind_of(clock)), DETAUDIT_CALL_SITE, ns))
    *out = to_timespec(ns);
  return result;
}

DETAUDIT_INTERPOSED int timespec_get(timespec* out, int base) noexcept {
  if (base != TIME_UTC) return 0;
  *out = to_timespec(read_clock(CLOCK_REALTIME, "timespec_get", DETAUDIT_CALL_SITE));
  return base;
}

DETAUDIT_INTERPOSED time_t time(time_t* out) noexcept {
  time_t seconds = to_timespec(read_clock(CLOCK_REALTIME, "time", DETAUDIT_CALL_SITE)).tv_sec;
  if (out) *out = seconds;
  return seconds;
}

DETAUDIT_INTERPOSED int gettimeofday(timeval* out, void* zone) noexcept {
  if (zone) *static_cast<struct timezone*>(zone) = {};
  *out = to_timeval(read_clock(CLOCK_REALTIME, "gettimeofday", DETAUDIT_CALL_SITE));
  return 0;
}

// Processor time, by calls of the C library's own that look at the clocks out of our sight.
DETAUDIT_INTERPOSED clock_t clock() noexcept {
  int64_t ns;
  return take_over_clock(CLOCK_PROCESS_CPUTIME_ID, "clock(CPU time)", DETAUDIT_CALL_SITE, ns)
             ? ns / (1'000'000'000 / CLOCKS_PER_SEC)
             : g_clock.get()();
}

DETAUDIT_INTERPOSED clock_t times(tms* out) noexcept {
  int64_t ns, since_start;
  if (!take_over_clock(CLOCK_PROCESS_CPUTIME_ID, "times(CPU time)", DETAUDIT_CALL_SITE, ns) ||
      !take_over_clock(CLOCK_MONOTONIC, "times(CLOCK_MONOTONIC)", DETAUDIT_CALL_SITE, since_start))
    return g_times.get()(out);
  const long ticks = sysconf(_SC_CLK_TCK);
  if (out) *out = {ns / (1'000'000'000 / ticks), 0, 0, 0};
  return since_start / (1'000'000'000 / ticks);
}

DETAUDIT_INTERPOSED int getrusage(__rusage_who_t who, rusage* out) noexcept {
  const int result = g_getrusage.get()(who, out);
  int64_t ns;
  if (result == 0 &&
      take_over_clock(CLOCK_PROCESS_CPUTIME_ID, "getrusage(CPU time)", DETAUDIT_CALL_SITE, ns)) {
    out->ru_utime = to_timeval(ns);
    out->ru_stime = {};
  }
  return result;
}

// std::chrono's clocks, so that the call site is the subject's and not the C++ library's.
DETAUDIT_INTERPOSED int64_t system_clock_now() noexcept
    __asm__("_ZNSt6chrono3_V212system_clock3nowEv");
int64_t system_clock_now() noexcept {
  return read_clock(CLOCK_REALTIME, "std::chrono::system_clock::now", DETAUDIT_CALL_SITE);
}

DETAUDIT_INTERPOSED int64_t steady_clock_now() noexcept
    __asm__("_ZNSt6chrono3_V212steady_clock3nowEv");
int64_t steady_clock_now() noexcept {
  return read_clock(CLOCK_MONOTONIC, "std::chrono::steady_clock::now", DETAUDIT_CALL_SITE);
}
