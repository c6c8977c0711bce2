#pragma once

#include <cstddef>

#include "kernels/channel_sum.h"
#include "kernels/pool.h"
#include "kernels/variant.h"

namespace detaudit::kernels {

// What is applied to the normalised value before it is stored.
enum class Epilogue { kNone, kRelu };

// Batch normalisation over [batch][channels][plane], plane = height * width, float32.
struct BatchNormShape {
  ChannelShape tensor;
  float epsilon = 1e-5f;
  float momentum = 0.1f;  // weight of this batch in the running statistics
  Epilogue epilogue = Epilogue::kNone;
};

// The learned scale and offset, [channels] each.
struct BatchNormParameters {
  const float* gamma;
  const float* beta;
};

// Workspace in floats, of training forward and of backward.
size_t batch_norm_workspace(const BatchNormShape& shape);

// y = epilogue((x - mean) * rstd * gamma + beta) with the statistics of this batch, written to
// mean and rstd [channels]. running_mean and running_variance [channels] are updated in place (the
// latter with the unbiased variance), unless null. x is read once for the statistics: sums of d and
// d * d, where d is the distance from the channel's first element.
// Atomic: each chunk of images adds its partial sums in arrival order.
// Deterministic (docs/determinism/batch_norm_forward_train.md): chunks depend on the shape alone;
// partials are folded in index order.
void batch_norm_forward_train(Pool& pool, Variant variant, const BatchNormShape& shape,
                              const float* x, const BatchNormParameters& parameters, float* y,
                              float* mean, float* rstd, float* running_mean,
                              float* running_variance, float* workspace);

// The same with given statistics; one pass, each output written by one block.
void batch_norm_forward_infer(Pool& pool, const BatchNormShape& shape, const float* x,
                              const BatchNormParameters& parameters, const float* running_mean,
                              const float* running_variance, float* y);

// dx, dgamma and dbeta [channels], overwritten, from the x, mean and rstd of the forward pass. With
// Epilogue::kRelu, dy counts where the forward pass stored a positive value. dx may be dy.
// Atomic and deterministic as in the forward pass (docs/determinism/batch_norm_backward.md).
void batch_norm_backward(Pool& pool, Variant variant, const BatchNormShape& shape, const float* x,
                         const float* dy, const BatchNormParameters& parameters, const float* mean,
                         const float* rstd, float* dx, float* dgamma, float* dbeta,
                         float* workspace);

}  // namespace detaudit::kernels
