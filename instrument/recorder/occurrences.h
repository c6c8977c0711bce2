#pragma once

#include <cstddef>
#include <cstdint>

#include "instrument/trace/pages.h"

namespace detaudit::instrument {

// Counts how often an event of one (lane, kind, op, key) came in its step. Forgets steps that are
// over when it is full, so that its size follows one step, not the run.
class Occurrences {
 public:
  // How many came before in this step.
  uint32_t count(uint64_t event_hash, uint64_t step);
  void clear();

 private:
  struct Slot {
    uint64_t hash;  // 0: free
    uint64_t step;
    uint32_t count;
  };
  bool make_room(uint64_t step);
  Slot& find(uint64_t hash);

  PageArray<Slot> slots_;
  size_t mask_ = 0;
  size_t used_ = 0;
};

}  // namespace detaudit::instrument
