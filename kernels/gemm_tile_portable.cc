#include <algorithm>

#include "kernels/gemm_tile.h"
#include "kernels/math.h"

namespace detaudit::kernels {
namespace {

constexpr size_t kColumns = 16;

template <size_t kRows>
void run_tile(size_t k, const float* a, size_t a_stride, const float* b, size_t b_stride, float* c,
              size_t ldc, GemmOutput output) {
  float chain[kRows][kColumns] = {};
  if (output == GemmOutput::kAccumulate) {
    for (size_t i = 0; i < kRows; ++i) std::copy_n(c + i * ldc, kColumns, chain[i]);
  }
  for (size_t p = 0; p < k; ++p, a += a_stride, b += b_stride) {
    for (size_t i = 0; i < kRows; ++i) {
      for (size_t j = 0; j < kColumns; ++j) chain[i][j] = fma(a[i], b[j], chain[i][j]);
    }
  }
  for (size_t i = 0; i < kRows; ++i) {
    for (size_t j = 0; j < kColumns; ++j) {
      c[i * ldc + j] = chain[i][j] == chain[i][j] ? chain[i][j] : kNan;
    }
  }
}

}  // namespace

const GemmTile& portable_tile() {
  static constexpr RunTile kRuns[] = {run_tile<1>, run_tile<2>, run_tile<3>, run_tile<4>};
  static constexpr GemmTile kTile = {"portable", std::size(kRuns), kColumns, kColumns, kRuns};
  return kTile;
}

}  // namespace detaudit::kernels
