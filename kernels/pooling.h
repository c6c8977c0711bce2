#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/pool.h"
#include "kernels/variant.h"

namespace detaudit::kernels {

// Max pooling over windows that may overlap. Tensors are float32: x [planes][in_height][in_width],
// y [planes][out_height()][out_width()], planes = batch * channels. Padding counts as minus
// infinity and is smaller than the window; a plane has fewer than 2^31 elements.
struct MaxPool2dShape {
  size_t planes = 1;
  size_t in_height = 1, in_width = 1;
  size_t window = 3, stride = 2, padding = 1;

  size_t out_height() const { return (in_height + 2 * padding - window) / stride + 1; }
  size_t out_width() const { return (in_width + 2 * padding - window) / stride + 1; }
  size_t in_plane() const { return in_height * in_width; }
  size_t out_plane() const { return out_height() * out_width(); }
};

// y = the largest element of each window, argmax = its index in its plane of x. The first in row
// order wins among equals; a NaN wins over everything. Each output is written by one block.
void max_pool2d_forward(Pool& pool, const MaxPool2dShape& shape, const float* x, float* y,
                        int32_t* argmax);

// dx = dy sent back to the elements that argmax names, overwritten.
// Atomic: blocks of outputs add into dx in arrival order.
// Deterministic (docs/determinism/max_pool2d_backward.md): one block owns the input rows it
// writes and adds their windows in row order.
void max_pool2d_backward(Pool& pool, Variant variant, const MaxPool2dShape& shape, const float* dy,
                         const int32_t* argmax, float* dx);

}  // namespace detaudit::kernels
