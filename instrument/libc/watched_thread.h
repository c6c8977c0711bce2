#pragma once

#include <cerrno>

#include "instrument/libc/next_function.h"

namespace detaudit::instrument {

// Runs `act` on a thread of its own that a watcher sees. Children begin under the filters of the
// thread that made them, and the filter goes with the thread, so that nothing else is told. False
// when nobody watches, and `act` was not called.
bool run_watched(const char* watcher, void (*act)(void*), void* argument);

// A call that starts a child, for run_watched; its result and errno.
template <typename Call>
class WatchedThread {
 public:
  explicit WatchedThread(const Call& call) : call_(call) {}
  bool run(const char* watcher) { return run_watched(watcher, act, this); }
  auto result() const { return result_; }
  int error() const { return error_; }

 private:
  static void act(void* self) {
    auto* thread = static_cast<WatchedThread*>(self);
    errno = thread->error_;
    thread->result_ = thread->call_();
    thread->error_ = errno;
  }

  const Call& call_;
  decltype(static_cast<const Call*>(nullptr)->operator()()) result_{};
  int error_ = errno;
};

}  // namespace detaudit::instrument
