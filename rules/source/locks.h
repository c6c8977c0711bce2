#pragma once

#include <vector>

#include "rules/source/unit.h"

namespace detaudit::rules::source {

// Nodes of a function's tree that run while the code that holds a lock is alone: behind a guard's
// declaration, between `lock` and `unlock`, behind a loop that spins until a flag is its own; and
// OpenMP's critical sections, which `openmp_directives` knows.
struct LockedSpan {
  uint32_t begin = 0, end = 0;
  uint32_t taken = 0;  // where the lock is taken
};
std::vector<LockedSpan> locked_spans(const Unit& unit, const Function& function);

}  // namespace detaudit::rules::source
