#pragma once

#include "kernels/batch_norm.h"
#include "kernels/channel_sum.h"
#include "kernels/conv2d.h"
#include "kernels/pooling.h"
#include "kernels/private_copies.h"
#include "kernels/resize.h"

namespace detaudit::kernels {

// The operations of the image pairs with thread-private outputs merged in arrival order: faster
// than atomics and as nondeterministic. For measurement alone. Copies hold the output's elements,
// batch norm's 2 * channels, those of a convolution's weights what their own function says.
void conv2d_backward_data_private(Pool& pool, const Conv2dShape& shape, const float* weights,
                                  const float* dy, float* dx, float* workspace,
                                  PrivateCopies& copies);
size_t conv2d_backward_weight_private_elements(const Conv2dShape& shape);
void conv2d_backward_weight_private(Pool& pool, const Conv2dShape& shape, const float* x,
                                    const float* dy, float* dweights, float* workspace,
                                    PrivateCopies& copies);
void max_pool2d_backward_private(Pool& pool, const MaxPool2dShape& shape, const float* dy,
                                 const int32_t* argmax, float* dx, PrivateCopies& copies);
void bilinear_resize_backward_private(Pool& pool, const ResizeShape& shape, const float* dy,
                                      float* dx, float* workspace, PrivateCopies& copies);
void channel_sum_private(Pool& pool, const ChannelShape& shape, const float* x, float* out,
                         PrivateCopies& copies);
void batch_norm_forward_train_private(Pool& pool, const BatchNormShape& shape, const float* x,
                                      const BatchNormParameters& parameters, float* y, float* mean,
                                      float* rstd, float* workspace, PrivateCopies& copies);
void batch_norm_backward_private(Pool& pool, const BatchNormShape& shape, const float* x,
                                 const float* dy, const BatchNormParameters& parameters,
                                 const float* mean, const float* rstd, float* dx, float* dgamma,
                                 float* dbeta, float* workspace, PrivateCopies& copies);

}  // namespace detaudit::kernels
