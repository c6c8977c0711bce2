#pragma once

#include "kernels/digest_lanes.h"

// The loops that x86-64 CPUs may be able to run. For kernels/digest*.cc only.
namespace detaudit::kernels {

// How far ahead of the data the loops prefetch: worth 1.2x out of the second cache. Prefetching
// past the end of the data touches nothing.
inline constexpr size_t kPrefetchBytes = 1024;

void accumulate_avx2(const unsigned char* data, size_t stripes, const unsigned char* tail,
                     DigestLanes& lanes);
void accumulate_avx512(const unsigned char* data, size_t stripes, const unsigned char* tail,
                       DigestLanes& lanes);

}  // namespace detaudit::kernels
