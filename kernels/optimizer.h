#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/pool.h"

namespace detaudit::kernels {

// Elementwise updates of n weights, each element by itself, products by FMA. `gradient_scale`
// multiplies every gradient as it is read, as PyTorch's fused optimizers do: clipping by the global
// norm takes no pass of its own.

// What scales gradients of this squared norm to a norm of at most `most`: 1, or most / norm.
float norm_scale(float most, float sum_of_squares);

struct SgdOptions {
  float learning_rate = 0.01f, momentum = 0.9f, weight_decay = 0, gradient_scale = 1;
};
// velocity = momentum * velocity + gradient_scale * gradient + weight_decay * weight;
// weight -= learning_rate * velocity.
void sgd_update(Pool& pool, const SgdOptions& options, size_t n, const float* gradient,
                float* weight, float* velocity);

struct AdamOptions {
  float learning_rate = 1e-3f, beta1 = 0.9f, beta2 = 0.999f, epsilon = 1e-8f, weight_decay = 0;
  float gradient_scale = 1;
};
// Adam with bias correction and decoupled weight decay; step counts from 1.
void adam_update(Pool& pool, const AdamOptions& options, uint64_t step, size_t n,
                 const float* gradient, float* weight, float* mean, float* variance);

}  // namespace detaudit::kernels
