#pragma once

#include <cstdint>

#include "instrument/recorder/futex_lock.h"

namespace detaudit::instrument {

// What is known of a library's handles, by their addresses: the first kMost of a process. A handle
// that was made anew has its address's place. Thread-safe; needs no construction.
template <typename State>
class HandleTable {
 public:
  static constexpr uint32_t kMost = 512;

  // Forgets what was known of the address; its number, from 0 in the order of their making.
  uint32_t made(const void* handle) {
    lock_.lock();
    uint32_t at = place_of(handle);
    if (at == used_ && used_ < kMost) ++used_;
    const uint32_t number = next_++;
    if (at < used_) entries_[at] = {handle, number, State{}};
    lock_.unlock();
    return number;
  }

  struct Known {
    bool known = false;
    uint32_t number = 0;
    State state{};
  };
  // What is known of the handle once `change` was made to it.
  template <typename Change>
  Known update(const void* handle, const Change& change) {
    Known result;
    lock_.lock();
    if (const uint32_t at = place_of(handle); at < used_) {
      change(entries_[at].state);
      result = {true, entries_[at].number, entries_[at].state};
    }
    lock_.unlock();
    return result;
  }
  Known find(const void* handle) {
    return update(handle, [](State&) {});
  }

 private:
  struct Entry {
    const void* handle;
    uint32_t number;
    State state;
  };
  uint32_t place_of(const void* handle) const {
    uint32_t at = 0;
    while (at < used_ && entries_[at].handle != handle) ++at;
    return at;
  }
  FutexLock lock_;
  uint32_t used_ = 0, next_ = 0;
  Entry entries_[kMost]{};
};

}  // namespace detaudit::instrument
