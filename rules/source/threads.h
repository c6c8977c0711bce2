#pragma once

#include <vector>

#include "rules/source/unit.h"

namespace detaudit::rules::source {

// Code that is handed to a thread: by std::thread, std::async, pthread_create and their like, by a
// pool or a parallel loop of a library, by OpenMP's `parallel`.
struct Launch {
  Site code;  // a lambda, or a function's whole tree
  Site at;    // what hands it over
  // For the code's parameters, in the function of `at`; not known: empty or kNoNode.
  std::vector<uint32_t> arguments;
  uint32_t loop = kNoNode;  // the nearest one around `at`
  bool several = false;     // threads at once, as far as this launch alone tells
};
std::vector<Launch> launches(const Unit& unit);

// Code of this unit that a call may run: the callee's, or of function objects whatever was given
// to them.
std::vector<Site> called_code(const Unit& unit, const Function& function, const Call& call);

// An algorithm of the standard library, with std::execution::par or par_unseq: parallel, and not
// only vectorized.
bool runs_in_parallel(const Function& function, const Call& call);

}  // namespace detaudit::rules::source
