#pragma once

#include "kernels/cuda/stream.h"
#include "kernels/dense.h"
#include "kernels/gemm.h"

// Twins of kernels/gemm.h and kernels/dense.h. All pointers are the device's.
namespace detaudit::kernels::cuda {

void gemm(Stream& stream, Transpose a, Transpose b, size_t m, size_t n, size_t k, const float* A,
          size_t lda, const float* B, size_t ldb, float* C, size_t ldc, GemmOutput output);

void dense_forward(Stream& stream, DenseShape shape, const float* x, const float* weight,
                   const float* bias, float* y);
void dense_backward_data(Stream& stream, DenseShape shape, const float* dy, const float* weight,
                         float* dx);
void dense_backward_weight(Stream& stream, Variant variant, DenseShape shape, const float* x,
                           const float* dy, float* dweight);

}  // namespace detaudit::kernels::cuda
