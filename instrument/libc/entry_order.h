#pragma once

#include <cstdint>

namespace detaudit::instrument {

// Whether the entry `a` comes before `b` in an order that a run wants: 1 = by name, above it by a
// hash of the order and the name.
bool comes_before(uint64_t order, const char* a, const char* b);

// The names of a folder, or of all below it, in the order in which the subject got them.
class SeenOrder {
 public:
  void note(const char* name);
  // In a ProbeScope: the order as a fact of `path`; nothing where there was no name.
  void tell(const char* path) const;

 private:
  uint64_t order_ = 0, names_ = 0;
};

}  // namespace detaudit::instrument
