#pragma once

#include <atomic>
#include <cstdint>

#include "instrument/recorder/futex_lock.h"

namespace detaudit::instrument {

// A library's function that a name of ours hides, as each caller would have found it: several
// libraries of a process may have the name, each for those that were loaded with it. What was found
// stays loaded. Thread-safe; needs no construction.
class CalledFunction {
 public:
  explicit constexpr CalledFunction(const char* name) : name_(name) {}
  const char* name() const { return name_; }

  // What a call from `site` means; null when no library has it. Keeps errno.
  void* at(const void* site) {
    if (void* found = for_all_.load(std::memory_order_acquire)) return found;
    const uint32_t known = known_.load(std::memory_order_acquire);
    for (uint32_t i = 0; i < known; ++i)
      if (modules_[i].has(site)) return modules_[i].function;
    return find(site, Missing::kLost);
  }
  // Whether there is one, which nobody called yet.
  bool is_there(const void* site) { return for_all_.load() || find(site, Missing::kFine); }

 private:
  // A loaded file that calls it.
  struct Module {
    uintptr_t begin, end;
    void* function;
    bool has(const void* site) const {
      const auto at = reinterpret_cast<uintptr_t>(site);
      return at >= begin && at < end;
    }
  };
  static constexpr uint32_t kMostModules = 4;
  enum class Missing { kFine, kLost };
  void* find(const void* site, Missing missing);

  const char* name_;
  std::atomic<void*> for_all_{nullptr};  // in the scope that all files share
  std::atomic<uint32_t> known_{0};
  FutexLock lock_;
  Module modules_[kMostModules]{};
};

}  // namespace detaudit::instrument
