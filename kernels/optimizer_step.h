#pragma once

#include "kernels/math.h"
#include "kernels/optimizer.h"
#include "kernels/target.h"

// One weight's update, as host and device compute it.
namespace detaudit::kernels {

DETAUDIT_BOTH void sgd_step(const SgdOptions& options, float gradient, float& weight,
                            float& velocity) {
  const float step = fma(options.weight_decay, weight, options.gradient_scale * gradient);
  velocity = canonical(fma(options.momentum, velocity, step));
  weight = canonical(fma(-options.learning_rate, velocity, weight));
}

// What all weights of a step have in common.
struct AdamStep {
  AdamOptions options;
  float correct_mean, correct_variance, keep;

  DETAUDIT_BOTH void operator()(float gradient, float& weight, float& mean, float& variance) const {
    const float g = options.gradient_scale * gradient;
    mean = canonical(fma(options.beta1, mean, (1 - options.beta1) * g));
    variance = canonical(fma(options.beta2, variance, (1 - options.beta2) * g * g));
    const float root = rounded_sqrt(variance * correct_variance) + options.epsilon;
    const float direction = mean * correct_mean / root;
    weight = canonical(fma(-options.learning_rate, direction, keep * weight));
  }
};
AdamStep adam_step(const AdamOptions& options, uint64_t step);

}  // namespace detaudit::kernels
