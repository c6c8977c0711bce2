#include <immintrin.h>

#include "kernels/conv_tile.h"

// GCC 12 takes the undefined operands inside its own intrinsics for ours.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

namespace detaudit::kernels {
namespace {

constexpr size_t kRows2 = 4, kVectors2 = 3;      // 12 of 16 registers
constexpr size_t kRows512 = 8, kVectors512 = 2;  // 16 of 32

void convolve_avx2(size_t steps, const float* a, const float* x, const uint32_t* offsets,
                   const float* start, float* out, size_t out_stride) {
  __m256 chain[kRows2][kVectors2];
#pragma GCC unroll 4
  for (size_t i = 0; i < kRows2; ++i) {
#pragma GCC unroll 3
    for (size_t v = 0; v < kVectors2; ++v) chain[i][v] = _mm256_set1_ps(start[i]);
  }
  for (size_t p = 0; p < steps; ++p, a += kRows2) {
    const float* window = x + offsets[p];
    const __m256 b[kVectors2] = {_mm256_loadu_ps(window), _mm256_loadu_ps(window + 8),
                                 _mm256_loadu_ps(window + 16)};
#pragma GCC unroll 4
    for (size_t i = 0; i < kRows2; ++i) {
      const __m256 weight = _mm256_broadcast_ss(a + i);
#pragma GCC unroll 3
      for (size_t v = 0; v < kVectors2; ++v) {
        chain[i][v] = _mm256_fmadd_ps(weight, b[v], chain[i][v]);
      }
    }
  }
#pragma GCC unroll 4
  for (size_t i = 0; i < kRows2; ++i) {
#pragma GCC unroll 3
    for (size_t v = 0; v < kVectors2; ++v) {
      _mm256_storeu_ps(out + i * out_stride + 8 * v, chain[i][v]);
    }
  }
}

[[gnu::target("avx512f")]] void convolve_avx512(size_t steps, const float* a, const float* x,
                                                const uint32_t* offsets, const float* start,
                                                float* out, size_t out_stride) {
  __m512 chain[kRows512][kVectors512];
#pragma GCC unroll 8
  for (size_t i = 0; i < kRows512; ++i) {
    chain[i][0] = chain[i][1] = _mm512_set1_ps(start[i]);
  }
  for (size_t p = 0; p < steps; ++p, a += kRows512) {
    const float* window = x + offsets[p];
    const __m512 left = _mm512_loadu_ps(window), right = _mm512_loadu_ps(window + 16);
#pragma GCC unroll 8
    for (size_t i = 0; i < kRows512; ++i) {
      const __m512 weight = _mm512_set1_ps(a[i]);
      chain[i][0] = _mm512_fmadd_ps(weight, left, chain[i][0]);
      chain[i][1] = _mm512_fmadd_ps(weight, right, chain[i][1]);
    }
  }
#pragma GCC unroll 8
  for (size_t i = 0; i < kRows512; ++i) {
    _mm512_storeu_ps(out + i * out_stride, chain[i][0]);
    _mm512_storeu_ps(out + i * out_stride + 16, chain[i][1]);
  }
}

void gradient_avx2(const ConvPositions& positions, const float* x, const uint32_t* offsets,
                   const float* dy, size_t stride, float* sums) {
  const float* from[kRows2] = {x + offsets[0], x + offsets[1], x + offsets[2], x + offsets[3]};
  __m256 chain[kRows2][2];
#pragma GCC unroll 4
  for (size_t i = 0; i < kRows2; ++i) {
    chain[i][0] = _mm256_loadu_ps(sums + i * stride);
    chain[i][1] = _mm256_loadu_ps(sums + i * stride + 8);
  }
  for (size_t row = 0; row < positions.height; ++row) {
    const size_t begin = row * positions.pitch, end = begin + positions.width;
    for (size_t n = begin; n < end; ++n, dy += stride) {
      const __m256 left = _mm256_loadu_ps(dy), right = _mm256_loadu_ps(dy + 8);
#pragma GCC unroll 4
      for (size_t i = 0; i < kRows2; ++i) {
        const __m256 value = _mm256_broadcast_ss(from[i] + n);
        chain[i][0] = _mm256_fmadd_ps(value, left, chain[i][0]);
        chain[i][1] = _mm256_fmadd_ps(value, right, chain[i][1]);
      }
    }
  }
#pragma GCC unroll 4
  for (size_t i = 0; i < kRows2; ++i) {
    _mm256_storeu_ps(sums + i * stride, chain[i][0]);
    _mm256_storeu_ps(sums + i * stride + 8, chain[i][1]);
  }
}

template <size_t kVectors>
[[gnu::target("avx512f")]] void gradient_avx512(const ConvPositions& positions, const float* x,
                                                const uint32_t* offsets, const float* dy,
                                                size_t stride, float* sums) {
  const float* from[kRows512];
  __m512 chain[kRows512][kVectors];
#pragma GCC unroll 8
  for (size_t i = 0; i < kRows512; ++i) {
    from[i] = x + offsets[i];
#pragma GCC unroll 2
    for (size_t v = 0; v < kVectors; ++v) {
      chain[i][v] = _mm512_loadu_ps(sums + i * stride + 16 * v);
    }
  }
  for (size_t row = 0; row < positions.height; ++row) {
    const size_t begin = row * positions.pitch, end = begin + positions.width;
    for (size_t n = begin; n < end; ++n, dy += stride) {
      __m512 b[kVectors];
#pragma GCC unroll 2
      for (size_t v = 0; v < kVectors; ++v) b[v] = _mm512_loadu_ps(dy + 16 * v);
#pragma GCC unroll 8
      for (size_t i = 0; i < kRows512; ++i) {
        const __m512 value = _mm512_set1_ps(from[i][n]);
#pragma GCC unroll 2
        for (size_t v = 0; v < kVectors; ++v) {
          chain[i][v] = _mm512_fmadd_ps(value, b[v], chain[i][v]);
        }
      }
    }
  }
#pragma GCC unroll 8
  for (size_t i = 0; i < kRows512; ++i) {
#pragma GCC unroll 2
    for (size_t v = 0; v < kVectors; ++v) {
      _mm512_storeu_ps(sums + i * stride + 16 * v, chain[i][v]);
    }
  }
}

}  // namespace

std::span<const ConvTiles> available_conv_tiles() {
  static const ConvTiles kTiles[] = {kPortableConvTiles,
                                     {"avx2",
                                      {kRows2, 8 * kVectors2, convolve_avx2},
                                      {kRows2, 16, gradient_avx2},
                                      {kRows2, 16, gradient_avx2}},
                                     {"avx512",
                                      {kRows512, 16 * kVectors512, convolve_avx512},
                                      {kRows512, 16, gradient_avx512<1>},
                                      {kRows512, 32, gradient_avx512<2>}}};
  __builtin_cpu_init();
  return {kTiles, __builtin_cpu_supports("avx512f") ? 3u : 2u};
}

}  // namespace detaudit::kernels
