#include "kernels/optimizer.h"

#include <cmath>

#include "kernels/grid.h"

namespace detaudit::kernels {
namespace {

// base^exponent by squaring: multiplications only, so the bits are the same everywhere.
double power(double base, uint64_t exponent) {
  double result = 1;
  for (; exponent; exponent >>= 1, base *= base)
    if (exponent & 1) result *= base;
  return result;
}

}  // namespace

void sgd_update(Pool& pool, const SgdOptions& options, size_t n, const float* gradient,
                float* weight, float* velocity) {
  launch_elementwise(pool, n, [=](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      float step = std::fma(options.weight_decay, weight[i], gradient[i]);
      velocity[i] = std::fma(options.momentum, velocity[i], step);
      weight[i] = std::fma(-options.learning_rate, velocity[i], weight[i]);
    }
  });
}

void adam_update(Pool& pool, const AdamOptions& options, uint64_t step, size_t n,
                 const float* gradient, float* weight, float* mean, float* variance) {
  auto correct_mean = static_cast<float>(1 / (1 - power(options.beta1, step)));
  auto correct_variance = static_cast<float>(1 / (1 - power(options.beta2, step)));
  float keep = 1 - options.learning_rate * options.weight_decay;
  launch_elementwise(pool, n, [=](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      float g = gradient[i];
      mean[i] = std::fma(options.beta1, mean[i], (1 - options.beta1) * g);
      variance[i] = std::fma(options.beta2, variance[i], (1 - options.beta2) * g * g);
      float root = std::sqrt(variance[i] * correct_variance) + options.epsilon;
      float direction = mean[i] * correct_mean / root;
      weight[i] = std::fma(-options.learning_rate, direction, keep * weight[i]);
    }
  });
}

}  // namespace detaudit::kernels
