#include <immintrin.h>

#include <array>
#include <utility>

#include "kernels/gemm_tile.h"
#include "kernels/math.h"

// GCC 12 takes the undefined operands inside its own intrinsics for ours.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

namespace detaudit::kernels {
namespace {

template <size_t kRows, size_t kVectors>
void run_avx2(size_t k, const float* a, size_t a_stride, const float* b, size_t b_stride, float* c,
              size_t ldc, GemmOutput output) {
  __m256 chain[kRows][kVectors];
  const bool load = output == GemmOutput::kAccumulate;
#pragma GCC unroll 16
  for (size_t i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (size_t v = 0; v < kVectors; ++v) {
      chain[i][v] = load ? _mm256_loadu_ps(c + i * ldc + 8 * v) : _mm256_setzero_ps();
    }
  }
  for (size_t p = 0; p < k; ++p, a += a_stride, b += b_stride) {
    __m256 y[kVectors];
#pragma GCC unroll 2
    for (size_t v = 0; v < kVectors; ++v) y[v] = _mm256_loadu_ps(b + 8 * v);
#pragma GCC unroll 16
    for (size_t i = 0; i < kRows; ++i) {
      const __m256 x = _mm256_broadcast_ss(a + i);
#pragma GCC unroll 2
      for (size_t v = 0; v < kVectors; ++v) chain[i][v] = _mm256_fmadd_ps(x, y[v], chain[i][v]);
    }
  }
  const __m256 nan = _mm256_set1_ps(kNan);
#pragma GCC unroll 16
  for (size_t i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (size_t v = 0; v < kVectors; ++v) {
      const __m256 z = chain[i][v];
      const __m256 is_nan = _mm256_cmp_ps(z, z, _CMP_UNORD_Q);
      _mm256_storeu_ps(c + i * ldc + 8 * v, _mm256_blendv_ps(z, nan, is_nan));
    }
  }
}

template <size_t kRows, size_t kVectors>
[[gnu::target("avx512f")]] void run_avx512(size_t k, const float* a, size_t a_stride,
                                           const float* b, size_t b_stride, float* c, size_t ldc,
                                           GemmOutput output) {
  __m512 chain[kRows][kVectors];
  const bool load = output == GemmOutput::kAccumulate;
#pragma GCC unroll 16
  for (size_t i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (size_t v = 0; v < kVectors; ++v) {
      chain[i][v] = load ? _mm512_loadu_ps(c + i * ldc + 16 * v) : _mm512_setzero_ps();
    }
  }
  for (size_t p = 0; p < k; ++p, a += a_stride, b += b_stride) {
    __m512 y[kVectors];
#pragma GCC unroll 2
    for (size_t v = 0; v < kVectors; ++v) y[v] = _mm512_loadu_ps(b + 16 * v);
#pragma GCC unroll 16
    for (size_t i = 0; i < kRows; ++i) {
      const __m512 x = _mm512_set1_ps(a[i]);
#pragma GCC unroll 2
      for (size_t v = 0; v < kVectors; ++v) chain[i][v] = _mm512_fmadd_ps(x, y[v], chain[i][v]);
    }
  }
  const __m512 nan = _mm512_set1_ps(kNan);
#pragma GCC unroll 16
  for (size_t i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (size_t v = 0; v < kVectors; ++v) {
      const __m512 z = chain[i][v];
      const __mmask16 is_nan = _mm512_cmp_ps_mask(z, z, _CMP_UNORD_Q);
      _mm512_storeu_ps(c + i * ldc + 16 * v, _mm512_mask_mov_ps(z, is_nan, nan));
    }
  }
}

template <size_t... kRow>
constexpr auto avx2_runs(std::index_sequence<kRow...>) {
  return std::array{run_avx2<kRow + 1, 1>..., run_avx2<kRow + 1, 2>...};
}
template <size_t... kRow>
constexpr auto avx512_runs(std::index_sequence<kRow...>) {
  return std::array{run_avx512<kRow + 1, 1>..., run_avx512<kRow + 1, 2>...};
}

// Of 16 registers 12 hold chains, of 32 28.
constexpr size_t kAvx2Rows = 6, kAvx512Rows = 14;
constexpr auto kAvx2Runs = avx2_runs(std::make_index_sequence<kAvx2Rows>());
constexpr auto kAvx512Runs = avx512_runs(std::make_index_sequence<kAvx512Rows>());

}  // namespace

std::span<const GemmTile> available_gemm_tiles() {
  static const GemmTile kTiles[] = {portable_tile(),
                                    {"avx2", kAvx2Rows, 16, 8, kAvx2Runs.data()},
                                    {"avx512", kAvx512Rows, 32, 16, kAvx512Runs.data()}};
  __builtin_cpu_init();
  return {kTiles, __builtin_cpu_supports("avx512f") ? 3u : 2u};
}

}  // namespace detaudit::kernels
