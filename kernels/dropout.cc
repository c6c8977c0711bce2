#include "kernels/dropout.h"

#include "kernels/dropout_mask.h"
#include "kernels/grid.h"

namespace detaudit::kernels {

void dropout_forward(Pool& pool, Philox& state, float rate, size_t n, const float* x, float* y,
                     uint8_t* mask) {
  float scale = 1 / (1 - rate);
  launch_elementwise(pool, n, [&](size_t begin, size_t end) {
    draw_mask(state, rate, begin, end, mask);
    for (size_t i = begin; i < end; ++i) y[i] = dropped(mask[i], scale, x[i]);
  });
  philox_advance(state, block_count(n, 4));
}

void dropout_backward(Pool& pool, float rate, size_t n, const uint8_t* mask, const float* dy,
                      float* dx) {
  float scale = 1 / (1 - rate);
  launch_elementwise(pool, n, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) dx[i] = dropped(mask[i], scale, dy[i]);
  });
}

}  // namespace detaudit::kernels
