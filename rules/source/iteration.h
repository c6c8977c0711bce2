#pragma once

#include <vector>

#include "rules/source/unit.h"

namespace detaudit::rules::source {

// A walk over a range, whatever it is written as.
struct Iteration {
  const Function* function = nullptr;
  uint32_t node = kNoNode;   // the loop, or the call of an algorithm
  uint32_t range = kNoNode;  // what is walked over: an expression of a container or iterator
  uint32_t body = kNoNode;   // what is done with each element; an algorithm's own where kNoNode
  CXCursor element = none();  // the loop's variable: an element, or an iterator to it
};
// Loops over ranges, loops from `begin()`, and algorithms and constructors that are given
// `begin()`.
std::vector<Iteration> iterations(const Function& function);

// Whether a container is put in order later: here, where it was handed on, or by all who get it as
// this function's result.
bool is_sorted_later(const Unit& unit, const Function& function, CXCursor variable);

bool is_sort(const Call& call);

}  // namespace detaudit::rules::source
