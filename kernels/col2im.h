#pragma once

#include "kernels/conv2d.h"

namespace detaudit::kernels {

// Planes of an image, or a band of their rows.
struct PlaneBand {
  float* data;
  size_t first_row, last_row;  // rows of the image that it holds
  size_t elements(size_t width) const { return (last_row - first_row) * width; }
};

// columns [patch][(last_row - first_row) * out_width]: the gradient of what each
// output position of these rows read. Adds each element to the input element that it was read from,
// in (kernel row, kernel column, output position) order.
void add_col2im(const Conv2dShape& shape, const float* columns, size_t first_row, size_t last_row,
                const PlaneBand& target);

}  // namespace detaudit::kernels
