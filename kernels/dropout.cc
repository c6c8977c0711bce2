#include "kernels/dropout.h"

#include <algorithm>

#include "kernels/grid.h"

namespace detaudit::kernels {

void dropout_forward(Pool& pool, Philox& state, float rate, size_t n, const float* x, float* y,
                     uint8_t* mask) {
  float scale = 1 / (1 - rate);
  launch_elementwise(pool, n, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; i += 4) {
      std::array<uint32_t, 4> words = philox_block(state, i / 4);
      size_t count = std::min<size_t>(4, end - i);
      for (size_t j = 0; j < count; ++j) mask[i + j] = unit_float(words[j]) >= rate;
    }
    for (size_t i = begin; i < end; ++i) y[i] = mask[i] ? x[i] * scale : 0.0f;
  });
  philox_advance(state, block_count(n, 4));
}

void dropout_backward(Pool& pool, float rate, size_t n, const uint8_t* mask, const float* dy,
                      float* dx) {
  float scale = 1 / (1 - rate);
  launch_elementwise(pool, n, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) dx[i] = mask[i] ? dy[i] * scale : 0.0f;
  });
}

}  // namespace detaudit::kernels
