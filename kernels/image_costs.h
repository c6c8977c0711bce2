#pragma once

#include "kernels/catalogue.h"

namespace detaudit::kernels {

// What each image pair costs at a contended shape: few outputs for the writes that go to them.
// Each takes about 60 ms.
PairCost conv2d_backward_data_cost(Pool& pool);
PairCost conv2d_backward_weight_cost(Pool& pool);
PairCost max_pool2d_backward_cost(Pool& pool);
PairCost bilinear_resize_backward_cost(Pool& pool);
PairCost channel_sum_cost(Pool& pool);
PairCost batch_norm_forward_train_cost(Pool& pool);
PairCost batch_norm_backward_cost(Pool& pool);

}  // namespace detaudit::kernels
