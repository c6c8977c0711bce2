#pragma once

#include <span>

#include "instrument/recorder/operations.h"
#include "instrument/trace/event.h"

namespace detaudit::instrument {

// Overwrites the float inputs of an operation with values not above the largest one there, of which
// sums are exact: in each buffer one power of two (kEqualInputs), or from one to eight eighths of it
// with the signs that were there (kCoarseInputs). Buffers of other types stay, and those that are
// all zero. False, with some buffers written, when one is read-only.
bool write_exact_inputs(ReplayMode mode, std::span<const DeclaredBuffer> inputs);

}  // namespace detaudit::instrument
