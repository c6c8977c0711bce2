#include "kernels/dropout.h"

#include <algorithm>
#include <cmath>

#include "kernels/grid.h"

namespace detaudit::kernels {
namespace {

// Bytes may alias anything; said otherwise here, so that the loop vectorises.
void apply_mask(size_t n, const uint8_t* __restrict mask, float scale, const float* x,
                float* y) {
  for (size_t i = 0; i < n; ++i) y[i] = mask[i] ? x[i] * scale : 0.0f;
}

}  // namespace

void dropout_forward(Pool& pool, Philox& state, float rate, size_t n, const float* x, float* y,
                     uint8_t* mask) {
  float scale = 1 / (1 - rate);
  // unit_float(word) >= rate, in integers.
  auto threshold = static_cast<uint32_t>(std::ceil(rate * 0x1p24f));
  launch_elementwise(pool, n, [&](size_t begin, size_t end) {
    std::array<uint32_t, 4> group[4];
    for (size_t i = begin; i < end; i += 16) {
      philox_group(state, i / 4, group);
      uint8_t keep[16];
      for (size_t j = 0; j < 16; ++j) keep[j] = group[j / 4][j % 4] >> 8 >= threshold;
      std::copy_n(keep, std::min<size_t>(16, end - i), mask + i);
    }
    apply_mask(end - begin, mask + begin, scale, x + begin, y + begin);
  });
  philox_advance(state, block_count(n, 4));
}

void dropout_backward(Pool& pool, float rate, size_t n, const uint8_t* mask, const float* dy,
                      float* dx) {
  float scale = 1 / (1 - rate);
  launch_elementwise(pool, n, [&](size_t begin, size_t end) {
    apply_mask(end - begin, mask + begin, scale, dy + begin, dx + begin);
  });
}

}  // namespace detaudit::kernels
