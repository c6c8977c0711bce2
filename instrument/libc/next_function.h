#pragma once

#include <dlfcn.h>

#include <atomic>

#include "instrument/recorder/sources.h"

namespace detaudit::instrument {

// The function that a name of ours hides. Looked up at first use, which may be before any
// constructor ran; null when no library has it.
template <typename Function>
class NextFunction {
 public:
  explicit constexpr NextFunction(const char* name) : name_(name) {}
  Function* get() {
    void* found = address_.load(std::memory_order_relaxed);
    if (!found) [[unlikely]] {
      found = dlsym(RTLD_NEXT, name_);
      address_.store(found, std::memory_order_relaxed);
    }
    return reinterpret_cast<Function*>(found);
  }

 private:
  const char* name_;
  std::atomic<void*> address_{nullptr};
};

// The span of an interposed call in which the probe may look: the process records, and the call is
// the subject's, not the recorder's own.
class ProbeScope {
 public:
  explicit operator bool() const { return inside_ && probing(); }
  void keep_errno() { inside_.keep_errno(); }

 private:
  Inside inside_;
};

// What every interposed function is: seen from outside, under the C library's name.
#define DETAUDIT_INTERPOSED extern "C" __attribute__((visibility("default")))
#define DETAUDIT_CALL_SITE __builtin_return_address(0)

}  // namespace detaudit::instrument
