#pragma once

#include <cstddef>

#include "kernels/pool.h"
#include "kernels/variant.h"

namespace detaudit::kernels {

// One 2-D convolution. Tensors are float32: x [batch][in_channels][in_height][in_width], weights
// [out_channels][in_channels][kernel_height][kernel_width], y [batch][out_channels][out_height()]
// [out_width()]; zero padding on all four sides. The padded input is at least as large as the
// kernel.
struct Conv2dShape {
  size_t batch = 1;
  size_t in_channels = 1, in_height = 1, in_width = 1;
  size_t out_channels = 1;
  size_t kernel_height = 1, kernel_width = 1;
  size_t stride = 1, padding = 0;

  size_t out_height() const { return (in_height + 2 * padding - kernel_height) / stride + 1; }
  size_t out_width() const { return (in_width + 2 * padding - kernel_width) / stride + 1; }
  size_t out_plane() const { return out_height() * out_width(); }
  size_t patch() const { return in_channels * kernel_height * kernel_width; }
  size_t x_elements() const { return batch * in_channels * in_height * in_width; }
  size_t weight_elements() const { return out_channels * patch(); }
  size_t y_elements() const { return batch * out_channels * out_plane(); }
};

// Workspaces, in floats, for a pool of `threads` threads. Contents need not be kept or cleared.
size_t conv2d_forward_workspace(const Conv2dShape& shape, unsigned threads);
size_t conv2d_backward_data_workspace(const Conv2dShape& shape, unsigned threads);
size_t conv2d_backward_weight_workspace(const Conv2dShape& shape, unsigned threads);

// y = convolution of x with weights, plus bias [out_channels] unless it is null. Every output is
// one std::fma chain over (channel, row, column) of the kernel: deterministic, no pair needed.
void conv2d_forward(Pool& pool, const Conv2dShape& shape, const float* x, const float* weights,
                    const float* bias, float* y, float* workspace);

// dx = gradient of the input, overwritten.
// Atomic: blocks of output rows add their windows' footprints into dx in arrival order.
// Deterministic (docs/determinism/conv2d_backward_data.md): each element gathers what read it, as
// one std::fma chain over (output channel, kernel row and column from the last).
void conv2d_backward_data(Pool& pool, Variant variant, const Conv2dShape& shape,
                          const float* weights, const float* dy, float* dx, float* workspace);

// dweights = gradient of the weights, summed over the batch, overwritten.
// Atomic: each block adds its images' product into dweights in arrival order.
// Deterministic (docs/determinism/conv2d_backward_weight.md): image chunks depend on the shape
// alone; their products are folded in index order.
void conv2d_backward_weight(Pool& pool, Variant variant, const Conv2dShape& shape, const float* x,
                            const float* dy, float* dweights, float* workspace);

}  // namespace detaudit::kernels
