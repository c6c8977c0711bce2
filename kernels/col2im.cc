#include "kernels/col2im.h"

#include <algorithm>

namespace detaudit::kernels {
namespace {

// Outputs o of one dimension whose window's element `tap` is inside the input:
// 0 <= o * stride + tap - padding < in_size.
Range outputs_inside(size_t tap, size_t stride, size_t padding, size_t in_size, size_t out_size) {
  size_t begin = tap >= padding ? 0 : (padding - tap + stride - 1) / stride;
  size_t limit = in_size + padding;
  size_t end = tap >= limit ? 0 : std::min(out_size, (limit - tap - 1) / stride + 1);
  return {begin, std::max(begin, end)};
}

}  // namespace

void add_col2im(const Conv2dShape& shape, const float* columns, size_t first_row, size_t last_row,
                const PlaneBand& target) {
  size_t width = shape.out_width();
  for (size_t k = 0; k < shape.patch(); ++k) {
    size_t s = k % shape.kernel_width, r = k / shape.kernel_width % shape.kernel_height;
    float* plane = target.data +
                   k / (shape.kernel_width * shape.kernel_height) * target.elements(shape.in_width);
    auto [begin, end] = outputs_inside(s, shape.stride, shape.padding, shape.in_width, width);
    for (size_t row = first_row; row < last_row; ++row, columns += width) {
      size_t padded_row = row * shape.stride + r;
      if (padded_row < shape.padding || padded_row >= shape.in_height + shape.padding) continue;
      float* to = plane + (padded_row - shape.padding - target.first_row) * shape.in_width;
      if (shape.stride == 1) {
        for (size_t o = begin; o < end; ++o) to[o + s - shape.padding] += columns[o];
      } else {
        for (size_t o = begin; o < end; ++o) {
          to[o * shape.stride + s - shape.padding] += columns[o];
        }
      }
    }
  }
}

}  // namespace detaudit::kernels
