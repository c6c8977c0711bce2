#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace detaudit::instrument {

inline void futex_wait(std::atomic<uint32_t>& word, uint32_t while_equal, const timespec* timeout) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, while_equal, timeout, nullptr, 0);
}

inline void futex_wake(std::atomic<uint32_t>& word, int threads) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, threads, nullptr, nullptr, 0);
}

// A lock of our own, because pthread_mutex_lock is among what the libc probe interposes. Needs no
// construction and no destruction. Not recursive.
class FutexLock {
 public:
  void lock() {
    uint32_t expected = kFree;
    if (word_.compare_exchange_strong(expected, kHeld, std::memory_order_acquire)) return;
    for (int spin = 0; spin < 100; ++spin) {
      expected = kFree;
      if (word_.compare_exchange_weak(expected, kHeld, std::memory_order_acquire)) return;
    }
    while (word_.exchange(kWaitedFor, std::memory_order_acquire) != kFree)
      futex_wait(word_, kWaitedFor, nullptr);
  }
  bool try_lock() {
    uint32_t expected = kFree;
    return word_.compare_exchange_strong(expected, kHeld, std::memory_order_acquire);
  }
  void unlock() {
    if (word_.exchange(kFree, std::memory_order_release) == kWaitedFor) futex_wake(word_, 1);
  }
  // In a fork's child, whose threads that might hold it are gone.
  void reset() { word_.store(kFree, std::memory_order_relaxed); }

 private:
  static constexpr uint32_t kFree = 0, kHeld = 1, kWaitedFor = 2;
  std::atomic<uint32_t> word_{kFree};
};

}  // namespace detaudit::instrument
