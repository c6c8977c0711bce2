#include "kernels/conv2d.h"

#include "kernels/conv_direct.h"

namespace detaudit::kernels {
namespace {

DirectConvolution forward_convolution(const Conv2dShape& shape) {
  return {framed_input(shape), shape.out_channels, shape.patch(), shape.out_height(),
          shape.out_width()};
}

}  // namespace

size_t conv2d_forward_workspace(const Conv2dShape& shape, unsigned threads) {
  return forward_convolution(shape).workspace(threads);
}

void conv2d_forward(Pool& pool, const Conv2dShape& shape, const float* x, const float* weights,
                    const float* bias, float* y, float* workspace) {
  DirectPlan plan(forward_convolution(shape), workspace);
  window_offsets(shape, plan.offsets());
  for (size_t c = 0; c < shape.out_channels; ++c) {
    if (bias != nullptr) plan.start(c) = bias[c];
    for (size_t k = 0; k < shape.patch(); ++k) plan.weight(c, k) = weights[c * shape.patch() + k];
  }
  size_t image_elements = shape.in_channels * shape.in_height * shape.in_width;
  plan.run(
      pool, shape.batch,
      [&](size_t image, float* framed) { frame_input(shape, x + image * image_elements, framed); },
      y);
}

}  // namespace detaudit::kernels
