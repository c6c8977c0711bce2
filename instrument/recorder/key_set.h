#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace detaudit::instrument {

// What was noted before, by hash: odd numbers, so that 0 is free. Found without a lock; added under
// the recorder's. Holds three quarters of its slots at most.
template <size_t kSlots>
class KeySet {
 public:
  bool contains(uint64_t key) const {
    return slots_[place(key)].load(std::memory_order_acquire) == key;
  }
  bool full() const { return used_ == kSlots / 4 * 3; }
  void add(uint64_t key) {
    ++used_;
    slots_[place(key)].store(key, std::memory_order_release);
  }

 private:
  size_t place(uint64_t key) const {
    size_t at = (key >> 1) & (kSlots - 1);
    for (;; at = (at + 1) & (kSlots - 1)) {
      const uint64_t found = slots_[at].load(std::memory_order_acquire);
      if (found == 0 || found == key) return at;
    }
  }

  std::atomic<uint64_t> slots_[kSlots]{};
  size_t used_ = 0;
};

}  // namespace detaudit::instrument
