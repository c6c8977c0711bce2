#include "instrument/libc/watched_thread.h"

#include <pthread.h>
#include <signal.h>

#include "instrument/watch/hand_over.h"

namespace detaudit::instrument {
namespace {

constinit NextFunction<int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>
    g_pthread_create("pthread_create");

constexpr size_t kStackBytes = size_t{256} << 10;  // posix_spawn's child has one of its own

struct Errand {
  const char* watcher;
  void (*act)(void*);
  void* argument;
  sigset_t signals;  // of the caller, for the child to have
  bool done;
};

void* go(void* argument) {
  ProbeScope scope;  // what the C library calls here is not the subject's
  auto* errand = static_cast<Errand*>(argument);
  errand->done = hand_over(errand->watcher) == HandOver::kWatched;
  if (!errand->done) return nullptr;
  pthread_sigmask(SIG_SETMASK, &errand->signals, nullptr);
  errand->act(errand->argument);
  return nullptr;
}

bool start(pthread_t& thread, Errand& errand) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setstacksize(&attributes, kStackBytes);
  const bool started = g_pthread_create.get()(&thread, &attributes, go, &errand) == 0;
  pthread_attr_destroy(&attributes);
  return started;
}

}  // namespace

bool run_watched(const char* watcher, void (*act)(void*), void* argument) {
  if (watcher[0] == '\0') return false;
  Errand errand{watcher, act, argument, {}, false};
  // While it waits the caller handles no signal: system() blocks them on its own thread alone.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &errand.signals);
  pthread_t thread;
  const bool started = start(thread, errand);
  if (started) pthread_join(thread, nullptr);
  pthread_sigmask(SIG_SETMASK, &errand.signals, nullptr);
  return started && errand.done;
}

}  // namespace detaudit::instrument
