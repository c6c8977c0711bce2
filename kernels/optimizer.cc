#include "kernels/optimizer.h"

#include "kernels/grid.h"
#include "kernels/optimizer_step.h"

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

float norm_scale(float most, float sum_of_squares) {
  float norm = rounded_sqrt(sum_of_squares);
  return norm > most ? most / norm : 1.0f;
}

AdamStep adam_step(const AdamOptions& options, uint64_t step) {
  return {options, static_cast<float>(1 / (1 - power(options.beta1, step))),
          static_cast<float>(1 / (1 - power(options.beta2, step))),
          1 - options.learning_rate * options.weight_decay};
}

void sgd_update(Pool& pool, const SgdOptions& options, size_t n, const float* gradient,
                float* weight, float* velocity) {
  launch_elementwise(pool, n, [=](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) sgd_step(options, gradient[i], weight[i], velocity[i]);
  });
}

void adam_update(Pool& pool, const AdamOptions& options, uint64_t step, size_t n,
                 const float* gradient, float* weight, float* mean, float* variance) {
  const AdamStep adam = adam_step(options, step);
  launch_elementwise(pool, n, [=](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) adam(gradient[i], weight[i], mean[i], variance[i]);
  });
}

}  // namespace detaudit::kernels
