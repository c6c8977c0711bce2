#pragma once

#include "rules/source/unit.h"

namespace detaudit::rules::source {

// A kernel's code that a single thread of the grid executes: under conditions on threadIdx and
// blockIdx, or because all launches in this unit are of one.
bool by_one_thread(const Unit& unit, Site site);

// An atomic's call whose address is the element of the thread's own index in the grid: no other
// thread adds to it.
bool to_own_element(const Unit& unit, Site call);

}  // namespace detaudit::rules::source
