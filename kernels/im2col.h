#pragma once

#include "kernels/conv2d.h"

namespace detaudit::kernels {

// columns [patch][(last_row - first_row) * out_width]: what each output position of these rows
// reads of one image, zero outside of it.
void im2col(const Conv2dShape& shape, const float* image, size_t first_row, size_t last_row,
            float* columns);

// Planes of an image, or a band of their rows.
struct PlaneBand {
  float* data;
  size_t first_row, last_row;  // rows of the image that it holds
  size_t elements(size_t width) const { return (last_row - first_row) * width; }
};

// The reverse, for `channels` channels: adds each column element into the input element that it
// was read from, in (kernel row, kernel column, output position) order.
void add_col2im(const Conv2dShape& shape, const float* columns, size_t channels, size_t first_row,
                size_t last_row, const PlaneBand& target);

}  // namespace detaudit::kernels
