#pragma once

#include "kernels/batch_norm.h"
#include "kernels/cuda/stream.h"

// Twins of kernels/batch_norm.h. All pointers are the device's; scratch is the stream's.
namespace detaudit::kernels::cuda {

void batch_norm_forward_train(Stream& stream, Variant variant, const BatchNormShape& shape,
                              const float* x, const BatchNormParameters& parameters, float* y,
                              float* mean, float* rstd, float* running_mean,
                              float* running_variance, float* workspace = nullptr);

void batch_norm_forward_infer(Stream& stream, const BatchNormShape& shape, const float* x,
                              const BatchNormParameters& parameters, const float* running_mean,
                              const float* running_variance, float* y);

void batch_norm_backward(Stream& stream, Variant variant, const BatchNormShape& shape,
                         const float* x, const float* dy, const BatchNormParameters& parameters,
                         const float* mean, const float* rstd, float* dx, float* dgamma,
                         float* dbeta, float* workspace = nullptr);

}  // namespace detaudit::kernels::cuda
