#pragma once

#include "kernels/digest_lanes.h"

// The loops that x86-64 CPUs may be able to run. For kernels/digest*.cc only.
namespace detaudit::kernels {

// How far ahead of the data the loops prefetch, into the first cache and into the second: out of
// the third the second's misses overlap further, worth 1.3x. Prefetching past the end of the data
// touches nothing.
inline constexpr size_t kNearPrefetchBytes = 512;
inline constexpr size_t kFarPrefetchBytes = 4096;

void accumulate_avx2(const unsigned char* data, size_t stripes, const unsigned char* tail,
                     DigestLanes& lanes);
void accumulate_avx512(const unsigned char* data, size_t stripes, const unsigned char* tail,
                       DigestLanes& lanes);

}  // namespace detaudit::kernels
