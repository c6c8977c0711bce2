#include "kernels/fill.h"

#include <algorithm>

#include "kernels/grid.h"

namespace detaudit::kernels {

void fill(Pool& pool, size_t n, float value, float* x) {
  launch_elementwise(pool, n,
                     [=](size_t begin, size_t end) { std::fill(x + begin, x + end, value); });
}

void copy(Pool& pool, size_t n, const float* x, float* y) {
  launch_elementwise(pool, n,
                     [=](size_t begin, size_t end) { std::copy(x + begin, x + end, y + begin); });
}

}  // namespace detaudit::kernels
