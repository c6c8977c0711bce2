#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include "instrument/libc/next_function.h"
#include "instrument/libc/seen_clock.h"
#include "instrument/libc/timed_waits.h"

// Waits of one thread, for a time or for descriptors and signals.
namespace detaudit::instrument {
namespace {

constinit NextFunction<unsigned(unsigned)> g_sleep("sleep");
constinit NextFunction<int(useconds_t)> g_usleep("usleep");
constinit NextFunction<int(const timespec*, timespec*)> g_nanosleep("nanosleep");
constinit NextFunction<int(clockid_t, int, const timespec*, timespec*)> g_clock_nanosleep(
    "clock_nanosleep");
constinit NextFunction<int(pollfd*, nfds_t, int)> g_poll("poll");
constinit NextFunction<int(pollfd*, nfds_t, const timespec*, const sigset_t*)> g_ppoll("ppoll");
constinit NextFunction<int(int, fd_set*, fd_set*, fd_set*, timeval*)> g_select("select");
constinit NextFunction<int(int, fd_set*, fd_set*, fd_set*, const timespec*, const sigset_t*)>
    g_pselect("pselect");
constinit NextFunction<int(int, epoll_event*, int, int)> g_epoll_wait("epoll_wait");
constinit NextFunction<int(int, epoll_event*, int, int, const sigset_t*)> g_epoll_pwait(
    "epoll_pwait");
constinit NextFunction<int(int, epoll_event*, int, const timespec*, const sigset_t*)>
    g_epoll_pwait2("epoll_pwait2");
constinit NextFunction<int(const sigset_t*, siginfo_t*, const timespec*)> g_sigtimedwait(
    "sigtimedwait");

constexpr int64_t kMillisecond = 1'000'000;

// `result` when nothing came in time: the whole of it went by.
int after_wait(int result, int timed_out, int64_t ns, const void* site) {
  if (result == timed_out && ns > 0) waited(ns, site);
  return result;
}
int after_wait(int result, int timed_out, const timespec* time, const void* site) {
  return time ? after_wait(result, timed_out, to_ns(*time), site) : result;
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED unsigned sleep(unsigned seconds) {
  const unsigned left = g_sleep.get()(seconds);
  waited(int64_t{seconds - left} * 1'000'000'000, DETAUDIT_CALL_SITE);
  return left;
}
DETAUDIT_INTERPOSED int usleep(useconds_t microseconds) {
  return after_wait(g_usleep.get()(microseconds), 0, int64_t{microseconds} * 1000,
                    DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int nanosleep(const timespec* time, timespec* left) {
  return after_wait(g_nanosleep.get()(time, left), 0, time, DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int clock_nanosleep(clockid_t clock, int flags, const timespec* time,
                                        timespec* left) {
  if (!(flags & TIMER_ABSTIME) || !time)
    return after_wait(g_clock_nanosleep.get()(clock, flags, time, left), 0, time,
                      DETAUDIT_CALL_SITE);
  const timespec until = real_deadline(clock, *time, DETAUDIT_CALL_SITE);
  const int error = g_clock_nanosleep.get()(clock, flags, &until, left);
  if (error == 0) waited_until(clock, *time, DETAUDIT_CALL_SITE);
  return error;
}

DETAUDIT_INTERPOSED int poll(pollfd* files, nfds_t count, int milliseconds) {
  return after_wait(g_poll.get()(files, count, milliseconds), 0, milliseconds * kMillisecond,
                    DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int __poll_chk(pollfd* files, nfds_t count, int milliseconds, size_t) {
  return after_wait(g_poll.get()(files, count, milliseconds), 0, milliseconds * kMillisecond,
                    DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int ppoll(pollfd* files, nfds_t count, const timespec* time,
                              const sigset_t* mask) {
  return after_wait(g_ppoll.get()(files, count, time, mask), 0, time, DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int __ppoll_chk(pollfd* files, nfds_t count, const timespec* time,
                                    const sigset_t* mask, size_t) {
  return after_wait(g_ppoll.get()(files, count, time, mask), 0, time, DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int select(int count, fd_set* in, fd_set* out, fd_set* other, timeval* time) {
  const int64_t ns = time ? int64_t{time->tv_sec} * 1'000'000'000 + time->tv_usec * 1000 : 0;
  return after_wait(g_select.get()(count, in, out, other, time), 0, ns, DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int pselect(int count, fd_set* in, fd_set* out, fd_set* other,
                                const timespec* time, const sigset_t* mask) {
  return after_wait(g_pselect.get()(count, in, out, other, time, mask), 0, time,
                    DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int epoll_wait(int set, epoll_event* events, int most, int milliseconds) {
  return after_wait(g_epoll_wait.get()(set, events, most, milliseconds), 0,
                    milliseconds * kMillisecond, DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int epoll_pwait(int set, epoll_event* events, int most, int milliseconds,
                                    const sigset_t* mask) {
  return after_wait(g_epoll_pwait.get()(set, events, most, milliseconds, mask), 0,
                    milliseconds * kMillisecond, DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int epoll_pwait2(int set, epoll_event* events, int most, const timespec* time,
                                     const sigset_t* mask) {
  return after_wait(g_epoll_pwait2.get()(set, events, most, time, mask), 0, time,
                    DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int sigtimedwait(const sigset_t* signals, siginfo_t* info,
                                     const timespec* time) {
  return after_wait(g_sigtimedwait.get()(signals, info, time), -1, time, DETAUDIT_CALL_SITE);
}
