#pragma once

#include <cstddef>

#include "kernels/pool.h"

namespace detaudit::kernels {

enum class Transpose { kNo, kYes };

// What an output's chain starts from: 0, or the value C holds.
enum class GemmOutput { kOverwrite, kAccumulate };

// C = op(A) op(B), or C += that. Row-major; op(A) is m x k, op(B) is k x n, C is m x n; lda, ldb
// and ldc are the distances between stored rows, in elements (kYes: A is stored k x m, B n x k).
// Every output is one chain c = std::fma(a[i][p], b[p][j], c) for p = 0 .. k-1: its bits depend on
// neither the tiling, the threads nor the instruction set. C overlaps neither A nor B.
// Never fails; allocates packing buffers once per thread.
void gemm(Pool& pool, Transpose a, Transpose b, size_t m, size_t n, size_t k, const float* A,
          size_t lda, const float* B, size_t ldb, float* C, size_t ldc, GemmOutput output);

// The same on the calling thread alone, for kernels that are already inside a block.
void gemm_block(Transpose a, Transpose b, size_t m, size_t n, size_t k, const float* A, size_t lda,
                const float* B, size_t ldb, float* C, size_t ldc, GemmOutput output);

// The definition, as three loops: what the tests hold the others to.
void gemm_reference(Transpose a, Transpose b, size_t m, size_t n, size_t k, const float* A,
                    size_t lda, const float* B, size_t ldb, float* C, size_t ldc,
                    GemmOutput output);

}  // namespace detaudit::kernels
