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
  bool fine_ahead() const { return launches_ < fine_to_; }  // or any later one
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
  uint64_t order() const { return order_; }  // 0: of one thread
  std::string_view thread() const { return first_; }  // the first to ask for anything

  // Calls that give work, between their beginning and their end. Two at once come from two threads,
  // and their order, which numbers the launches, is by chance from then on.
  void begin_call() { raced_ |= under_way_++ > 0; }
  void race() { raced_ = true; }
  void end_call() { under_way_ -= under_way_ > 0; }
  bool raced() const { return raced_; }
  bool idle() const { return under_way_ == 0; }
  bool one_call() const { return under_way_ == 1; }

  // Streams wait for what others of them write: to wait for all of them might never end.
  void waits_for_memory() { memory_waits_ = true; }
  bool memory_waits() const { return memory_waits_; }

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
  bool raced_ = false, memory_waits_ = false;
};

}  // namespace detaudit::instrument::cupti
