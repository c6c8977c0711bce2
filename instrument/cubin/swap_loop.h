#pragma once

#include "instrument/cubin/bytes.h"
#include "instrument/cubin/instruction.h"

namespace detaudit::instrument {

// What stands between a compare-and-swap and the value that it stores.
struct SwapLoopReading {
  SwapLoop loop = SwapLoop::kNone;
  NumberType type = NumberType::kUnknown;  // of the arithmetic
};

// Reads the loop around the compare-and-swap at `at` of a function's code: from the first backward
// branch behind it that reaches before it, the stored value is followed back through registers; of a
// swap of half a word, also over the loop around that one. At most some thousand instructions are
// looked at.
SwapLoopReading read_swap_loop(Bytes code, size_t at, unsigned sm);

}  // namespace detaudit::instrument
