#pragma once

#include <cstddef>
#include <cstdint>

#include "instrument/trace/pages.h"

namespace detaudit::instrument {

// 64-bit hash to 32-bit id, open addressing on pages of its own. Bounded: at kMaxEntries it forgets
// everything, and its owner then records names again under new ids. Never throws.
class IdTable {
 public:
  static constexpr size_t kMaxEntries = size_t{1} << 18;

  uint32_t find(uint64_t hash) const;  // 0: not there
  void insert(uint64_t hash, uint32_t id);
  void clear();
  void release();

 private:
  struct Slot {
    uint64_t hash;
    uint32_t id;
  };
  bool grow();
  void place(uint64_t hash, uint32_t id);

  PageArray<Slot> slots_;
  size_t mask_ = 0;
  size_t entries_ = 0;
};

}  // namespace detaudit::instrument
