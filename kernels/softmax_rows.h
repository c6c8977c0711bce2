#pragma once

#include "kernels/lanes.h"
#include "kernels/math.h"
#include "kernels/softmax_cross_entropy.h"

namespace detaudit::kernels {

inline constexpr size_t kSoftmaxRowsPerBlock = 8;

// Writes the row's softmax to y; returns log(sum(exp(x))).
inline float softmax_row(size_t classes, const float* x, float* y) {
  float largest = max_lanes(x, classes);
  for (size_t c = 0; c < classes; ++c) y[c] = exp(x[c] - largest);
  float total = sum_lanes(y, classes);
  float scale = 1 / total;
  for (size_t c = 0; c < classes; ++c) y[c] = canonical(y[c] * scale);
  return log(total) + largest;
}

// Softmax of `rows`, and the loss of each in losses[row].
inline void softmax_row_losses(SoftmaxShape shape, Range rows, const float* logits,
                               const int32_t* labels, float* probabilities, float* losses) {
  for (size_t r = rows.begin; r < rows.end; ++r) {
    const float* x = logits + r * shape.classes;
    losses[r] = softmax_row(shape.classes, x, probabilities + r * shape.classes) - x[labels[r]];
  }
}

}  // namespace detaudit::kernels
