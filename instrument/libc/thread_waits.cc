#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include <cerrno>

#include "instrument/libc/next_function.h"
#include "instrument/libc/timed_waits.h"

// Waits of threads for one another until a deadline: that is a time as the subject sees it.
namespace detaudit::instrument {
namespace {

using Deadline = const timespec*;
constinit NextFunction<int(pthread_cond_t*, pthread_mutex_t*, Deadline)> g_cond_timedwait(
    "pthread_cond_timedwait");
constinit NextFunction<int(pthread_cond_t*, pthread_mutex_t*, clockid_t, Deadline)>
    g_cond_clockwait("pthread_cond_clockwait");
constinit NextFunction<int(pthread_mutex_t*, Deadline)> g_mutex_timedlock(
    "pthread_mutex_timedlock");
constinit NextFunction<int(pthread_mutex_t*, clockid_t, Deadline)> g_mutex_clocklock(
    "pthread_mutex_clocklock");
constinit NextFunction<int(pthread_rwlock_t*, Deadline)> g_timedrdlock(
    "pthread_rwlock_timedrdlock");
constinit NextFunction<int(pthread_rwlock_t*, Deadline)> g_timedwrlock(
    "pthread_rwlock_timedwrlock");
constinit NextFunction<int(pthread_rwlock_t*, clockid_t, Deadline)> g_clockrdlock(
    "pthread_rwlock_clockrdlock");
constinit NextFunction<int(pthread_rwlock_t*, clockid_t, Deadline)> g_clockwrlock(
    "pthread_rwlock_clockwrlock");
constinit NextFunction<int(sem_t*, Deadline)> g_sem_timedwait("sem_timedwait");
constinit NextFunction<int(sem_t*, clockid_t, Deadline)> g_sem_clockwait("sem_clockwait");
constinit NextFunction<int(pthread_t, void**, Deadline)> g_timedjoin("pthread_timedjoin_np");
constinit NextFunction<int(pthread_t, void**, clockid_t, Deadline)> g_clockjoin(
    "pthread_clockjoin_np");

// Calls `wait` with the deadline as the real clock has it. A null one is the C library's to refuse.
template <typename Wait>
int wait_until(clockid_t clock, Deadline seen, const void* site, Wait wait) {
  if (!seen) return wait(seen);
  const timespec until = real_deadline(clock, *seen, site);
  const int result = wait(&until);
  const int error = result == -1 ? errno : result;
  if (error == ETIMEDOUT) waited_until(clock, *seen, site);
  return result;
}

// glibc keeps a condition variable's clock in this bit.
clockid_t clock_of(const pthread_cond_t* condition) {
  return condition->__data.__wrefs & 2 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                               Deadline until) {
  return wait_until(clock_of(condition), until, DETAUDIT_CALL_SITE,
                    [&](Deadline real) { return g_cond_timedwait.get()(condition, mutex, real); });
}
DETAUDIT_INTERPOSED int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                               clockid_t clock, Deadline until) {
  return wait_until(clock, until, DETAUDIT_CALL_SITE, [&](Deadline real) {
    return g_cond_clockwait.get()(condition, mutex, clock, real);
  });
}

DETAUDIT_INTERPOSED int pthread_mutex_timedlock(pthread_mutex_t* mutex, Deadline until) noexcept {
  return wait_until(CLOCK_REALTIME, until, DETAUDIT_CALL_SITE,
                    [&](Deadline real) { return g_mutex_timedlock.get()(mutex, real); });
}
DETAUDIT_INTERPOSED int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock,
                                                Deadline until) noexcept {
  return wait_until(clock, until, DETAUDIT_CALL_SITE,
                    [&](Deadline real) { return g_mutex_clocklock.get()(mutex, clock, real); });
}

DETAUDIT_INTERPOSED int pthread_rwlock_timedrdlock(pthread_rwlock_t* lock,
                                                   Deadline until) noexcept {
  return wait_until(CLOCK_REALTIME, until, DETAUDIT_CALL_SITE,
                    [&](Deadline real) { return g_timedrdlock.get()(lock, real); });
}
DETAUDIT_INTERPOSED int pthread_rwlock_timedwrlock(pthread_rwlock_t* lock,
                                                   Deadline until) noexcept {
  return wait_until(CLOCK_REALTIME, until, DETAUDIT_CALL_SITE,
                    [&](Deadline real) { return g_timedwrlock.get()(lock, real); });
}
DETAUDIT_INTERPOSED int pthread_rwlock_clockrdlock(pthread_rwlock_t* lock, clockid_t clock,
                                                   Deadline until) noexcept {
  return wait_until(clock, until, DETAUDIT_CALL_SITE,
                    [&](Deadline real) { return g_clockrdlock.get()(lock, clock, real); });
}
DETAUDIT_INTERPOSED int pthread_rwlock_clockwrlock(pthread_rwlock_t* lock, clockid_t clock,
                                                   Deadline until) noexcept {
  return wait_until(clock, until, DETAUDIT_CALL_SITE,
                    [&](Deadline real) { return g_clockwrlock.get()(lock, clock, real); });
}

DETAUDIT_INTERPOSED int sem_timedwait(sem_t* semaphore, Deadline until) {
  return wait_until(CLOCK_REALTIME, until, DETAUDIT_CALL_SITE,
                    [&](Deadline real) { return g_sem_timedwait.get()(semaphore, real); });
}
DETAUDIT_INTERPOSED int sem_clockwait(sem_t* semaphore, clockid_t clock, Deadline until) {
  return wait_until(clock, until, DETAUDIT_CALL_SITE,
                    [&](Deadline real) { return g_sem_clockwait.get()(semaphore, clock, real); });
}

DETAUDIT_INTERPOSED int pthread_timedjoin_np(pthread_t thread, void** result, Deadline until) {
  return wait_until(CLOCK_REALTIME, until, DETAUDIT_CALL_SITE,
                    [&](Deadline real) { return g_timedjoin.get()(thread, result, real); });
}
DETAUDIT_INTERPOSED int pthread_clockjoin_np(pthread_t thread, void** result, clockid_t clock,
                                             Deadline until) {
  return wait_until(clock, until, DETAUDIT_CALL_SITE,
                    [&](Deadline real) { return g_clockjoin.get()(thread, result, clock, real); });
}
