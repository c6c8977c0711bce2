#define XXH_INLINE_ALL
#define XXH_VECTOR XXH_SSE2
#include "tests/bench/xxh3.h"

#include <xxhash.h>

uint64_t xxh3_sse2(const void* data, size_t bytes) { return XXH3_128bits(data, bytes).low64; }
