#pragma once

#include "kernels/digest_lanes.h"

// The loops that x86-64 CPUs may be able to run. For kernels/digest*.cc only.
namespace detaudit::kernels {

void add_stripes_avx2(DigestLanes& lanes, const unsigned char* data, size_t stripes);
void add_stripes_avx512(DigestLanes& lanes, const unsigned char* data, size_t stripes);

}  // namespace detaudit::kernels
