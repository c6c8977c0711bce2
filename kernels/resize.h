#pragma once

#include <cstddef>

#include "kernels/pool.h"
#include "kernels/variant.h"

namespace detaudit::kernels {

// Bilinear resize with half-pixel centres (align_corners = false), edges clamped. Tensors are
// float32: x [planes][in_height][in_width], y [planes][out_height][out_width].
struct ResizeShape {
  size_t planes = 1;
  size_t in_height = 1, in_width = 1;
  size_t out_height = 1, out_width = 1;
};

// Where one output coordinate reads from: x[low] * (1 - high_weight) + x[high] * high_weight.
struct ResizeTap {
  size_t low, high;
  float high_weight;
};
ResizeTap resize_tap(size_t out_index, size_t in_size, size_t out_size);

// Workspace of either direction, in floats, for a pool of `threads` threads.
size_t bilinear_resize_workspace(const ResizeShape& shape, unsigned threads);

// y = x resized. Each output is written by one block.
void bilinear_resize_forward(Pool& pool, const ResizeShape& shape, const float* x, float* y,
                             float* workspace);

// dx = gradient of the input, overwritten.
// Atomic: blocks of output rows add four weighted shares of each dy into dx in arrival order.
// Deterministic (docs/determinism/bilinear_resize_backward.md): each input element gathers, in
// order, the outputs that read it.
void bilinear_resize_backward(Pool& pool, Variant variant, const ResizeShape& shape,
                              const float* dy, float* dx, float* workspace);

}  // namespace detaudit::kernels
