#include "kernels/cuda/elementwise.h"

#include "kernels/cuda/launch.cuh"
#include "kernels/dropout_mask.h"
#include "kernels/math.h"
#include "kernels/optimizer_step.h"
#include "kernels/philox_words.h"

namespace detaudit::kernels::cuda {
namespace {

size_t philox_blocks(size_t n) { return (n + 3) / 4; }

}  // namespace

void fill(Stream& stream, size_t n, float value, float* x) {
  launch_each(stream, n, [=] DETAUDIT_DEVICE_LAMBDA(size_t i) { x[i] = value; });
}

void copy(Stream& stream, size_t n, const float* x, float* y) {
  launch_each(stream, n, [=] DETAUDIT_DEVICE_LAMBDA(size_t i) { y[i] = x[i]; });
}

void relu_forward(Stream& stream, size_t n, const float* x, float* y) {
  launch_each(stream, n, [=] DETAUDIT_DEVICE_LAMBDA(size_t i) { y[i] = x[i] > 0 ? x[i] : 0.0f; });
}

void relu_backward(Stream& stream, size_t n, const float* y, const float* dy, float* dx) {
  launch_each(stream, n, [=] DETAUDIT_DEVICE_LAMBDA(size_t i) { dx[i] = y[i] > 0 ? dy[i] : 0.0f; });
}

void gelu_forward(Stream& stream, size_t n, const float* x, float* y) {
  launch_each(stream, n, [=] DETAUDIT_DEVICE_LAMBDA(size_t i) { y[i] = canonical(gelu(x[i])); });
}

void gelu_backward(Stream& stream, size_t n, const float* x, const float* dy, float* dx, float* y) {
  launch_each(stream, n, [=] DETAUDIT_DEVICE_LAMBDA(size_t i) {
    const float value = gelu(x[i]), derivative = gelu_derivative(x[i]);
    dx[i] = canonical(dy[i] * derivative);
    y[i] = canonical(value);
  });
}

void dropout_forward(Stream& stream, Philox& state, float rate, size_t n, const float* x, float* y,
                     uint8_t* mask) {
  const float scale = 1 / (1 - rate);
  const Philox drawn = state;
  launch_each(stream, philox_blocks(n), [=] DETAUDIT_DEVICE_LAMBDA(size_t block) {
    const std::array<uint32_t, 4> words = philox_words(drawn, block);
    for (size_t j = 0; j < 4; ++j) {
      const size_t i = 4 * block + j;
      if (i >= n) return;
      const bool kept = unit_float(words[j]) >= rate;
      mask[i] = kept;
      y[i] = dropped(kept, scale, x[i]);
    }
  });
  philox_advance(state, philox_blocks(n));
}

void dropout_backward(Stream& stream, float rate, size_t n, const uint8_t* mask, const float* dy,
                      float* dx) {
  const float scale = 1 / (1 - rate);
  launch_each(stream, n,
              [=] DETAUDIT_DEVICE_LAMBDA(size_t i) { dx[i] = dropped(mask[i], scale, dy[i]); });
}

void fill_normal(Stream& stream, Philox& state, float mean, float deviation, size_t n, float* x) {
  const Philox drawn = state;
  launch_each(stream, philox_blocks(n), [=] DETAUDIT_DEVICE_LAMBDA(size_t block) {
    const std::array<float, 4> values = normals_of(philox_words(drawn, block), mean, deviation);
    for (size_t j = 0; j < 4; ++j)
      if (4 * block + j < n) x[4 * block + j] = values[j];
  });
  philox_advance(state, philox_blocks(n));
}

void sgd_update(Stream& stream, const SgdOptions& options, size_t n, const float* gradient,
                float* weight, float* velocity) {
  launch_each(stream, n, [=] DETAUDIT_DEVICE_LAMBDA(size_t i) {
    sgd_step(options, gradient[i], weight[i], velocity[i]);
  });
}

void adam_update(Stream& stream, const AdamOptions& options, uint64_t step, size_t n,
                 const float* gradient, float* weight, float* mean, float* variance) {
  const AdamStep adam = adam_step(options, step);
  launch_each(stream, n, [=] DETAUDIT_DEVICE_LAMBDA(size_t i) {
    adam(gradient[i], weight[i], mean[i], variance[i]);
  });
}

}  // namespace detaudit::kernels::cuda
