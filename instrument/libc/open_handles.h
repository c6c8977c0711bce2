#pragma once

#include <algorithm>
#include <cstddef>

#include "instrument/recorder/futex_lock.h"

namespace detaudit::instrument {

// What is known of handles that the subject has open, such as DIR*: at most kMost at a time, and
// nothing of those that find no room. One thread at a time uses a handle, by the C library's rules.
template <typename Handle, typename Known, size_t kMost>
class OpenHandles {
 public:
  // Null when nothing is known of it.
  Known* find(const Handle* handle) {
    lock_.lock();
    const size_t at = index_of(handle);
    lock_.unlock();
    return at == kMost ? nullptr : &known_[at];
  }
  // What was known of another one before, to be begun anew; null when there is no room.
  Known* add(Handle* handle) {
    lock_.lock();
    const size_t at = index_of(nullptr);
    if (at < kMost) handles_[at] = handle;
    lock_.unlock();
    return at == kMost ? nullptr : &known_[at];
  }
  void remove(const Handle* handle) {
    lock_.lock();
    const size_t at = index_of(handle);
    if (at < kMost) handles_[at] = nullptr;
    lock_.unlock();
  }
  // In a fork's child nobody is left to unlock it.
  void free_lock() { lock_.reset(); }

 private:
  size_t index_of(const Handle* handle) const {
    return static_cast<size_t>(std::find(handles_, handles_ + kMost, handle) - handles_);
  }

  FutexLock lock_;
  Handle* handles_[kMost] = {};
  Known known_[kMost] = {};
};

}  // namespace detaudit::instrument
