#pragma once

#include <cstdint>
#include <memory_resource>
#include <string>
#include <string_view>

#include "instrument/cupti/gpu_settings.h"
#include "kernels/digest.h"

namespace detaudit::instrument::cupti {

// What one context was given to do so far, which of it is digested launch by launch, and when its
// memory is swept. Decided by counts alone, so that two runs of one program decide alike. Not
// thread-safe.
class ContextWork {
 public:
  ContextWork(const GpuSettings& settings, std::pmr::memory_resource* memory);

  // Whether the next launch, or what is done before it, is digested.
  bool fine() const { return launches_ >= settings_.fine_from && launches_ < fine_to_; }
  // Whether what is captured now is to digest itself: when this launch or any later one is
  // digested, and ever after, since graphs are put into one another where their nodes are the same.
  bool digests_captures() { return digests_captures_ |= launches_ < fine_to_; }
  void add_launch() { ++launches_; }
  // By a launch that is digested.
  void add_reached(uint64_t bytes) { reached_bytes_ += bytes; }
  // Behind a launch: true when sweeps take over here.
  bool changes_over();

  bool sweeping() const {
    return settings_.sweep_every && (!settings_.budgeted() || fine_to_ != UINT64_MAX);
  }
  bool sweep_due() const { return sweeping() && launches_ >= due_; }
  uint64_t unswept() const { return sweeping() ? launches_ - swept_at_ : 0; }
  // What no sweep will see.
  uint64_t give_up_unswept() {
    const uint64_t launches = unswept();
    swept_at_ = launches_;
    return launches;
  }
  // From now on a sweep: its window's first and last launch, from 1.
  struct Window {
    uint64_t first, last;
  };
  Window swept(uint64_t mapped_bytes);
  void postponed(uint64_t mapped_bytes) { due_ = next_sweep(mapped_bytes); }

  // What a thread asked for, by name and by size; threads by their birth (Sink::thread), which is
  // the same in every run. Where several threads do, a sweep says in which order all of it came,
  // where one does, which: without the same in another run there is nothing there to compare it
  // with.
  void note(std::string_view thread, std::string_view what, uint64_t bytes);
  uint64_t order() const { return order_; }           // 0: of one thread
  std::string_view thread() const { return first_; }  // the first to ask for anything

  // Calls that give work, between their beginning and their end. Two at once come from two threads,
  // and their order, which numbers the launches, is by chance from then on.
  void begin_call() { raced_ |= under_way_++ > 0; }
  void race() { raced_ = true; }
  void end_call() { under_way_ -= under_way_ > 0; }
  bool raced() const { return raced_; }
  bool idle() const { return under_way_ == 0; }
  bool one_call() const { return under_way_ == 1; }

  // To wait for all of its streams might never end, or not be possible.
  void leave_unswept(const char* why) { unsweepable_ = why; }
  const char* unsweepable() const { return unsweepable_; }  // null: it can be swept

  uint64_t launches() const { return launches_; }
  uint64_t reached_bytes() const { return reached_bytes_; }
  uint64_t widest() const { return widest_; }  // launches between two sweeps, so far

  // Of the last sweep that was written: what the next one starts from.
  struct Memory {
    bool known = false, sound = false;
    uint64_t bytes = 0;
    kernels::Digest digest;
  } memory;

 private:
  uint64_t next_sweep(uint64_t mapped_bytes) const;

  const GpuSettings settings_;
  uint64_t launches_ = 0, reached_bytes_ = 0;
  uint64_t fine_to_;
  uint64_t next_look_;
  uint64_t swept_at_ = 0, due_, widest_ = 0;
  std::pmr::string first_;
  bool any_ = false, several_ = false;  // threads that asked for something
  uint64_t called_ = 0;                 // hash of all calls and of who made them
  uint64_t order_ = 0;
  unsigned under_way_ = 0;
  bool raced_ = false, digests_captures_ = false;
  const char* unsweepable_ = nullptr;
};

inline constexpr const char* kWaitsForValues =
    "a sweep could have stopped streams that wait for values in memory";

}  // namespace detaudit::instrument::cupti
