#include "kernels/dense.h"

#include <algorithm>

#include "kernels/atomic_add.h"
#include "kernels/gemm.h"
#include "kernels/grid.h"

namespace detaudit::kernels {
namespace {

// The split-K of the atomic version: tiles of dweight, up to 8 spans of at least 8 rows.
constexpr size_t kTile = 128;
constexpr size_t kMaxSpans = 8;
constexpr size_t kMinSpanRows = 8;

void backward_weight_split(Pool& pool, DenseShape shape, const float* x, const float* dy,
                           float* dweight) {
  size_t rows = shape.rows, inputs = shape.inputs, outputs = shape.outputs;
  size_t span_rows = std::max(kMinSpanRows, block_count(rows, kMaxSpans));
  size_t spans = block_count(rows, span_rows), across = block_count(outputs, kTile);
  size_t tiles = across * block_count(inputs, kTile);
  std::fill_n(dweight, inputs * outputs, 0.0f);
  launch_grid(pool, tiles * spans, [&](size_t block, unsigned) {
    // Spans of one tile run side by side, as they do on a GPU that holds the whole grid.
    size_t tile = block / spans;
    Range span = block_range(block % spans, rows, span_rows);
    Range in = block_range(tile / across, inputs, kTile);
    Range out = block_range(tile % across, outputs, kTile);
    size_t height = in.end - in.begin, width = out.end - out.begin;
    float partial[kTile * kTile];
    gemm_block(Transpose::kYes, Transpose::kNo, height, width, span.end - span.begin,
               x + span.begin * inputs + in.begin, inputs, dy + span.begin * outputs + out.begin,
               outputs, partial, width, GemmOutput::kOverwrite);
    for (size_t i = 0; i < height; ++i)
      atomic_add(dweight + (in.begin + i) * outputs + out.begin, partial + i * width, width);
  });
}

// Every row of y = row.
void fill_rows(Pool& pool, size_t rows, size_t cols, const float* row, float* y) {
  constexpr size_t kRowsPerBlock = 64;
  launch_grid(pool, block_count(rows, kRowsPerBlock), [&](size_t block, unsigned) {
    Range range = block_range(block, rows, kRowsPerBlock);
    for (size_t r = range.begin; r < range.end; ++r) std::copy_n(row, cols, y + r * cols);
  });
}

}  // namespace

void dense_forward(Pool& pool, DenseShape shape, const float* x, const float* weight,
                   const float* bias, float* y) {
  auto [rows, inputs, outputs] = shape;
  if (bias) fill_rows(pool, rows, outputs, bias, y);
  gemm(pool, Transpose::kNo, Transpose::kNo, rows, outputs, inputs, x, inputs, weight, outputs, y,
       outputs, bias ? GemmOutput::kAccumulate : GemmOutput::kOverwrite);
}

void dense_backward_data(Pool& pool, DenseShape shape, const float* dy, const float* weight,
                         float* dx) {
  auto [rows, inputs, outputs] = shape;
  gemm(pool, Transpose::kNo, Transpose::kYes, rows, inputs, outputs, dy, outputs, weight, outputs,
       dx, inputs, GemmOutput::kOverwrite);
}

void dense_backward_weight(Pool& pool, Variant variant, DenseShape shape, const float* x,
                           const float* dy, float* dweight) {
  auto [rows, inputs, outputs] = shape;
  if (variant == Variant::kAtomic) return backward_weight_split(pool, shape, x, dy, dweight);
  gemm(pool, Transpose::kYes, Transpose::kNo, inputs, outputs, rows, x, inputs, dy, outputs,
       dweight, outputs, GemmOutput::kOverwrite);
}

}  // namespace detaudit::kernels
