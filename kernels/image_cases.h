#pragma once

#include "kernels/batch_norm.h"
#include "kernels/conv2d.h"
#include "kernels/pair_trial.h"
#include "kernels/pooling.h"
#include "kernels/resize.h"

namespace detaudit::kernels {

// One shape of each image pair, on trial values, with float64's answer and a bound derived from the
// number of roundings on the longest way of a term into its sum.
PairCase conv2d_backward_data_case(const Conv2dShape& shape);
PairCase conv2d_backward_weight_case(const Conv2dShape& shape);
PairCase max_pool2d_backward_case(const MaxPool2dShape& shape);
PairCase bilinear_resize_backward_case(const ResizeShape& shape);
PairCase channel_sum_case(const ChannelShape& shape);
// Output: y, mean, rstd. The channels' means lie 100 apart.
PairCase batch_norm_forward_case(const BatchNormShape& shape);
// Output: dx, dgamma, dbeta. Epilogue::kNone.
PairCase batch_norm_backward_case(const BatchNormShape& shape);

// The input of the batch norm cases.
std::vector<float> channel_offset_values(const ChannelShape& shape);

}  // namespace detaudit::kernels
