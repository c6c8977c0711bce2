#include <immintrin.h>

#include "kernels/gemm_tile.h"
#include "kernels/math.h"

// GCC 12 takes the undefined operands inside its own intrinsics for ours.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

namespace detaudit::kernels {
namespace {

constexpr size_t kRows2 = 6, kColumns2 = 16;       // 12 of 16 registers
constexpr size_t kRows512 = 14, kColumns512 = 32;  // 28 of 32

void run_avx2_tile(size_t k, const float* a, const float* b, size_t b_stride, float* c, size_t ldc,
                   GemmOutput output) {
  __m256 chain[kRows2][2];
#pragma GCC unroll 6
  for (size_t i = 0; i < kRows2; ++i) {
    const bool load = output == GemmOutput::kAccumulate;
    chain[i][0] = load ? _mm256_loadu_ps(c + i * ldc) : _mm256_setzero_ps();
    chain[i][1] = load ? _mm256_loadu_ps(c + i * ldc + 8) : _mm256_setzero_ps();
  }
  for (size_t p = 0; p < k; ++p, a += kRows2, b += b_stride) {
    const __m256 left = _mm256_loadu_ps(b), right = _mm256_loadu_ps(b + 8);
#pragma GCC unroll 6
    for (size_t i = 0; i < kRows2; ++i) {
      const __m256 x = _mm256_broadcast_ss(a + i);
      chain[i][0] = _mm256_fmadd_ps(x, left, chain[i][0]);
      chain[i][1] = _mm256_fmadd_ps(x, right, chain[i][1]);
    }
  }
  const __m256 nan = _mm256_set1_ps(kNan);
#pragma GCC unroll 6
  for (size_t i = 0; i < kRows2; ++i) {
#pragma GCC unroll 2
    for (size_t h = 0; h < 2; ++h) {
      const __m256 y = chain[i][h];
      _mm256_storeu_ps(c + i * ldc + 8 * h,
                       _mm256_blendv_ps(y, nan, _mm256_cmp_ps(y, y, _CMP_UNORD_Q)));
    }
  }
}

[[gnu::target("avx512f")]] void run_avx512_tile(size_t k, const float* a, const float* b,
                                                size_t b_stride, float* c, size_t ldc,
                                                GemmOutput output) {
  __m512 chain[kRows512][2];
#pragma GCC unroll 14
  for (size_t i = 0; i < kRows512; ++i) {
    const bool load = output == GemmOutput::kAccumulate;
    chain[i][0] = load ? _mm512_loadu_ps(c + i * ldc) : _mm512_setzero_ps();
    chain[i][1] = load ? _mm512_loadu_ps(c + i * ldc + 16) : _mm512_setzero_ps();
  }
  for (size_t p = 0; p < k; ++p, a += kRows512, b += b_stride) {
    const __m512 left = _mm512_loadu_ps(b), right = _mm512_loadu_ps(b + 16);
#pragma GCC unroll 14
    for (size_t i = 0; i < kRows512; ++i) {
      const __m512 x = _mm512_set1_ps(a[i]);
      chain[i][0] = _mm512_fmadd_ps(x, left, chain[i][0]);
      chain[i][1] = _mm512_fmadd_ps(x, right, chain[i][1]);
    }
  }
  const __m512 nan = _mm512_set1_ps(kNan);
#pragma GCC unroll 14
  for (size_t i = 0; i < kRows512; ++i) {
#pragma GCC unroll 2
    for (size_t h = 0; h < 2; ++h) {
      const __m512 y = chain[i][h];
      _mm512_storeu_ps(c + i * ldc + 16 * h,
                       _mm512_mask_mov_ps(y, _mm512_cmp_ps_mask(y, y, _CMP_UNORD_Q), nan));
    }
  }
}

}  // namespace

std::span<const GemmTile> available_gemm_tiles() {
  static constexpr GemmTile kTiles[] = {kPortableTile,
                                        {"avx2", kRows2, kColumns2, run_avx2_tile},
                                        {"avx512", kRows512, kColumns512, run_avx512_tile}};
  __builtin_cpu_init();
  return {kTiles, __builtin_cpu_supports("avx512f") ? 3u : 2u};
}

}  // namespace detaudit::kernels
