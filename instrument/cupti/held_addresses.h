#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory_resource>

#include "instrument/cupti/allocation_map.h"

namespace detaudit::instrument::cupti {

// Where in device memory addresses lie that the host put there (tables of pointers): they are
// others in each run. Known of small copies from the host and of what is copied on from there; what
// a kernel writes is not. Not thread-safe. All O(log n + what it overlaps).
class HeldAddresses {
 public:
  explicit HeldAddresses(std::pmr::memory_resource* memory) : ranges_(memory) {}

  void add(const Range& range);
  void remove(const Range& range);
  // What the source holds, the destination does from now on; else nothing.
  void copy(const Range& source, const Range& destination);

  bool any_in(const Range& range) const;
  bool all_of(const Range& range) const;  // nothing but addresses

 private:
  std::pmr::map<uint64_t, uint64_t> ranges_;  // begin, end; apart from one another
};

}  // namespace detaudit::instrument::cupti
