#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/batch_norm.h"
#include "kernels/conv2d.h"
#include "kernels/pooling.h"
#include "kernels/resize.h"

namespace detaudit::kernels {

// An operation's output computed in float64, in the plainest way, and for each element the sum of
// the absolute values of its terms: what rounding errors are relative to.
struct Reference {
  explicit Reference(size_t elements) : values(elements), magnitudes(elements) {}
  void add(size_t element, double term) {
    values[element] += term;
    magnitudes[element] += term < 0 ? -term : term;
  }
  std::vector<double> values;
  std::vector<double> magnitudes;
};

// Bound on the relative rounding error of a float32 result that `roundings` roundings reach.
double rounding_bound(size_t roundings);

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
