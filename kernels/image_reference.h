#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/batch_norm.h"
#include "kernels/conv2d.h"
#include "kernels/pooling.h"
#include "kernels/reference.h"
#include "kernels/resize.h"

namespace detaudit::kernels {

Reference conv2d_forward_reference(const Conv2dShape& shape, std::span<const float> x,
                                   std::span<const float> weights, std::span<const float> bias);
Reference conv2d_backward_data_reference(const Conv2dShape& shape, std::span<const float> weights,
                                         std::span<const float> dy);
Reference conv2d_backward_weight_reference(const Conv2dShape& shape, std::span<const float> x,
                                           std::span<const float> dy);
Reference max_pool2d_backward_reference(const MaxPool2dShape& shape, std::span<const float> dy,
                                        std::span<const int32_t> argmax);
Reference bilinear_resize_forward_reference(const ResizeShape& shape, std::span<const float> x);
Reference bilinear_resize_backward_reference(const ResizeShape& shape, std::span<const float> dy);
Reference channel_sum_reference(const ChannelShape& shape, std::span<const float> x);

// y, mean, rstd one after the other.
Reference batch_norm_forward_reference(const BatchNormShape& shape, std::span<const float> x,
                                       std::span<const float> gamma, std::span<const float> beta);
// dx, dgamma, dbeta one after the other, for Epilogue::kNone.
Reference batch_norm_backward_reference(const BatchNormShape& shape, std::span<const float> x,
                                        std::span<const float> dy, std::span<const float> gamma,
                                        std::span<const float> mean, std::span<const float> rstd);

}  // namespace detaudit::kernels
