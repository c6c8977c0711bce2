#pragma once

#include <cstddef>
#include <cstdint>

// XXH3_128bits compiled for one instruction set each; returns the low word.
uint64_t xxh3_sse2(const void* data, size_t bytes);
uint64_t xxh3_avx2(const void* data, size_t bytes);
uint64_t xxh3_avx512(const void* data, size_t bytes);
