#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "instrument/cubin/atomic.h"

namespace detaudit::instrument {

// A kernel or function of PTX, the text that the driver compiles. Atomic::offset counts lines of
// the text from 1; a swap loop is told by the float arithmetic between its label and its branch.
struct PtxFunction {
  std::string name;
  bool is_kernel = false;
  std::vector<Atomic> atomics;
  std::vector<uint32_t> reaches;  // of a kernel: itself, then what it calls
};

struct Ptx {
  unsigned sm = 0;   // that it targets
  bool cut = false;  // the text ends within a function
  std::vector<PtxFunction> functions;
};

// Never throws; what is no PTX has no functions.
Ptx read_ptx(std::string_view text) noexcept;

}  // namespace detaudit::instrument
