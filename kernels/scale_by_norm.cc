#include "kernels/scale_by_norm.h"

#include <cmath>

#include "kernels/grid.h"

namespace detaudit::kernels {

float norm_scale(float max_norm, float sum_of_squares) {
  float norm = std::sqrt(sum_of_squares);
  return norm > max_norm ? max_norm / norm : 1.0f;
}

void scale_by_norm(Pool& pool, float max_norm, const float* sum_of_squares, size_t n, float* x) {
  float scale = norm_scale(max_norm, *sum_of_squares);
  if (scale == 1) return;
  launch_elementwise(pool, n, [=](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) x[i] *= scale;
  });
}

}  // namespace detaudit::kernels
