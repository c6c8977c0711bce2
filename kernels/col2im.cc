#include "kernels/col2im.h"

#include "kernels/window.h"

namespace detaudit::kernels {

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
