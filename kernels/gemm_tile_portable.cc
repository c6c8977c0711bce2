#include <algorithm>

#include "kernels/gemm_tile.h"
#include "kernels/math.h"

namespace detaudit::kernels {

void run_portable_tile(size_t k, const float* a, const float* b, size_t b_stride, float* c,
                       size_t ldc, GemmOutput output) {
  constexpr size_t kRows = kPortableTile.rows, kColumns = kPortableTile.columns;
  float chain[kRows][kColumns] = {};
  if (output == GemmOutput::kAccumulate) {
    for (size_t i = 0; i < kRows; ++i) std::copy_n(c + i * ldc, kColumns, chain[i]);
  }
  for (size_t p = 0; p < k; ++p, a += kRows, b += b_stride) {
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

}  // namespace detaudit::kernels
