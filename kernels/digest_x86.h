#pragma once

#include "kernels/digest_lanes.h"

// The loops that x86-64 CPUs may be able to run. For kernels/digest*.cc only.
namespace detaudit::kernels {

void accumulate_avx2(const unsigned char* data, size_t stripes, const unsigned char* tail,
                     DigestLanes& lanes);
void accumulate_avx512(const unsigned char* data, size_t stripes, const unsigned char* tail,
                       DigestLanes& lanes);

}  // namespace detaudit::kernels
