#pragma once

#include <vector>

#include "instrument/cubin/bytes.h"

namespace detaudit::instrument {

// One parameter of a kernel, in the block that a launch passes.
struct KernelParameter {
  uint16_t ordinal = 0;
  uint32_t offset = 0;  // bytes from the start of the block
  uint32_t size = 0;    // bytes
};

// The parameters that a section `.nv.info.KERNEL` describes, by ordinal.
std::vector<KernelParameter> read_parameters(Bytes info);

}  // namespace detaudit::instrument
