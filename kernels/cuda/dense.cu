#include "kernels/cuda/dense.h"

#include <algorithm>

#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/tile_product.cuh"

namespace detaudit::kernels::cuda {
namespace {

// How an operand of a product lies in memory: element (line, k) of lines that are rows of op(A) or
// columns of op(B).
struct Matrix {
  const float* data;
  size_t line_stride, step_stride;
  DETAUDIT_DEVICE float at(size_t line, size_t k) const {
    return data[line * line_stride + k * step_stride];
  }
};

enum class Start { kZero, kOutput, kBias };

template <TileOrder kA, TileOrder kB>
struct MatrixProduct {
  static constexpr TileOrder kOrderA = kA, kOrderB = kB;
  size_t batches, rows, columns, steps;
  Matrix left, right;
  Start begin;
  const float* bias;
  float* out;
  size_t out_stride;

  DETAUDIT_DEVICE size_t depth(size_t) const { return steps; }
  DETAUDIT_DEVICE float a(size_t, size_t row, size_t k) const { return left.at(row, k); }
  DETAUDIT_DEVICE float b(size_t, size_t k, size_t column) const { return right.at(column, k); }
  DETAUDIT_DEVICE float start(size_t, size_t row, size_t column) const {
    if (begin == Start::kZero) return 0.0f;
    return begin == Start::kBias ? bias[column] : out[row * out_stride + column];
  }
  DETAUDIT_DEVICE void store(size_t, size_t row, size_t column, float value) const {
    out[row * out_stride + column] = value;
  }
};

// Split-K: batch b is the b-th span of steps and adds its product to the output as it finishes.
struct SplitProduct {
  static constexpr TileOrder kOrderA = TileOrder::kOutputInside;
  static constexpr TileOrder kOrderB = TileOrder::kOutputInside;
  size_t batches, rows, columns;
  size_t steps, span;
  const float* x;   // [steps][rows]
  const float* dy;  // [steps][columns]
  float* out;

  DETAUDIT_DEVICE size_t depth(size_t batch) const {
    const size_t left = steps - batch * span;
    return left < span ? left : span;
  }
  DETAUDIT_DEVICE float a(size_t batch, size_t row, size_t k) const {
    return x[(batch * span + k) * rows + row];
  }
  DETAUDIT_DEVICE float b(size_t batch, size_t k, size_t column) const {
    return dy[(batch * span + k) * columns + column];
  }
  DETAUDIT_DEVICE float start(size_t, size_t, size_t) const { return 0.0f; }
  DETAUDIT_DEVICE void store(size_t, size_t row, size_t column, float value) const {
    atomic_add(out + row * columns + column, value);
  }
};

template <TileOrder kA, TileOrder kB>
void multiply(Stream& stream, size_t m, size_t n, size_t k, const Matrix& left, const Matrix& right,
              Start start, const float* bias, float* out, size_t out_stride) {
  launch_product(stream,
                 MatrixProduct<kA, kB>{1, m, n, k, left, right, start, bias, out, out_stride});
}

void multiply(Stream& stream, Transpose a, Transpose b, size_t m, size_t n, size_t k,
              const float* A, size_t lda, const float* B, size_t ldb, Start start,
              const float* bias, float* C, size_t ldc) {
  constexpr TileOrder kInside = TileOrder::kDepthInside, kOutside = TileOrder::kOutputInside;
  const Matrix left = a == Transpose::kNo ? Matrix{A, lda, 1} : Matrix{A, 1, lda};
  const Matrix right = b == Transpose::kNo ? Matrix{B, 1, ldb} : Matrix{B, ldb, 1};
  if (a == Transpose::kNo && b == Transpose::kNo)
    multiply<kInside, kOutside>(stream, m, n, k, left, right, start, bias, C, ldc);
  else if (a == Transpose::kNo)
    multiply<kInside, kInside>(stream, m, n, k, left, right, start, bias, C, ldc);
  else if (b == Transpose::kNo)
    multiply<kOutside, kOutside>(stream, m, n, k, left, right, start, bias, C, ldc);
  else
    multiply<kOutside, kInside>(stream, m, n, k, left, right, start, bias, C, ldc);
}

}  // namespace

void gemm(Stream& stream, Transpose a, Transpose b, size_t m, size_t n, size_t k, const float* A,
          size_t lda, const float* B, size_t ldb, float* C, size_t ldc, GemmOutput output) {
  if (k == 0 && output == GemmOutput::kAccumulate) return;
  multiply(stream, a, b, m, n, k, A, lda, B, ldb,
           output == GemmOutput::kAccumulate ? Start::kOutput : Start::kZero, nullptr, C, ldc);
}

void dense_forward(Stream& stream, DenseShape shape, const float* x, const float* weight,
                   const float* bias, float* y) {
  auto [rows, inputs, outputs] = shape;
  multiply(stream, Transpose::kNo, Transpose::kNo, rows, outputs, inputs, x, inputs, weight,
           outputs, bias ? Start::kBias : Start::kZero, bias, y, outputs);
}

void dense_backward_data(Stream& stream, DenseShape shape, const float* dy, const float* weight,
                         float* dx) {
  auto [rows, inputs, outputs] = shape;
  gemm(stream, Transpose::kNo, Transpose::kYes, rows, inputs, outputs, dy, outputs, weight, outputs,
       dx, inputs, GemmOutput::kOverwrite);
}

void dense_backward_weight(Stream& stream, Variant variant, DenseShape shape, const float* x,
                           const float* dy, float* dweight) {
  constexpr size_t kMostSpans = 16, kLeastRows = 8;
  auto [rows, inputs, outputs] = shape;
  if (variant == Variant::kDeterministic)
    return gemm(stream, Transpose::kYes, Transpose::kNo, inputs, outputs, rows, x, inputs, dy,
                outputs, dweight, outputs, GemmOutput::kOverwrite);
  const size_t span = std::max(kLeastRows, block_count(rows, kMostSpans));
  fill(stream, inputs * outputs, 0.0f, dweight);
  launch_product(
      stream, SplitProduct{block_count(rows, span), inputs, outputs, rows, span, x, dy, dweight});
}

}  // namespace detaudit::kernels::cuda
