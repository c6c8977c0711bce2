#include "kernels/gemm.h"

#include <cmath>
#include <vector>

namespace detaudit::kernels {
namespace {

// Rows [begin, end) of C.
void rows(Range range, Transpose a, Transpose b, size_t n, size_t k, const float* A, size_t lda,
          const float* B, size_t ldb, float* C, size_t ldc, GemmOutput output) {
  thread_local std::vector<float> packed;
  const float* columns = B;
  size_t stride = ldb;
  if (b == Transpose::kYes) {
    packed.resize(k * n);
    for (size_t p = 0; p < k; ++p) {
      for (size_t j = 0; j < n; ++j) packed[p * n + j] = B[j * ldb + p];
    }
    columns = packed.data();
    stride = n;
  }
  for (size_t i = range.begin; i < range.end; ++i) {
    float* c = C + i * ldc;
    for (size_t j = 0; j < n; ++j) c[j] = output == GemmOutput::kAccumulate ? c[j] : 0.0f;
    for (size_t p = 0; p < k; ++p) {
      const float x = a == Transpose::kNo ? A[i * lda + p] : A[p * lda + i];
      const float* row = columns + p * stride;
      for (size_t j = 0; j < n; ++j) c[j] = __builtin_fmaf(x, row[j], c[j]);
    }
  }
}

}  // namespace

void gemm(Pool& pool, Transpose a, Transpose b, size_t m, size_t n, size_t k, const float* A,
          size_t lda, const float* B, size_t ldb, float* C, size_t ldc, GemmOutput output) {
  const size_t grain = (m + 3) / 4;
  if (m == 0) return;
  pool.launch(block_count(m, grain), [&](size_t block, unsigned) {
    rows(block_range(block, m, grain), a, b, n, k, A, lda, B, ldb, C, ldc, output);
  });
}

void gemm_block(Transpose a, Transpose b, size_t m, size_t n, size_t k, const float* A, size_t lda,
                const float* B, size_t ldb, float* C, size_t ldc, GemmOutput output) {
  rows({0, m}, a, b, n, k, A, lda, B, ldb, C, ldc, output);
}

void gemm_reference(Transpose a, Transpose b, size_t m, size_t n, size_t k, const float* A,
                    size_t lda, const float* B, size_t ldb, float* C, size_t ldc,
                    GemmOutput output) {
  for (size_t i = 0; i < m; ++i) {
    for (size_t j = 0; j < n; ++j) {
      float c = output == GemmOutput::kAccumulate ? C[i * ldc + j] : 0.0f;
      for (size_t p = 0; p < k; ++p) {
        const float x = a == Transpose::kNo ? A[i * lda + p] : A[p * lda + i];
        const float y = b == Transpose::kNo ? B[p * ldb + j] : B[j * ldb + p];
        c = std::fma(x, y, c);
      }
      C[i * ldc + j] = c;
    }
  }
}

}  // namespace detaudit::kernels
