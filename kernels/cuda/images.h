#pragma once

#include "kernels/conv2d.h"
#include "kernels/cuda/stream.h"
#include "kernels/pooling.h"
#include "kernels/resize.h"

// Twins of kernels/conv2d.h, pooling.h and resize.h. All pointers are the device's; scratch is the
// stream's. Tensors have fewer than 2^32 elements: std::length_error else.
namespace detaudit::kernels::cuda {

void conv2d_forward(Stream& stream, const Conv2dShape& shape, const float* x, const float* weights,
                    const float* bias, float* y, float* workspace = nullptr);
void conv2d_backward_data(Stream& stream, Variant variant, const Conv2dShape& shape,
                          const float* weights, const float* dy, float* dx,
                          float* workspace = nullptr);
void conv2d_backward_weight(Stream& stream, Variant variant, const Conv2dShape& shape,
                            const float* x, const float* dy, float* dweights,
                            float* workspace = nullptr);

void max_pool2d_forward(Stream& stream, const MaxPool2dShape& shape, const float* x, float* y,
                        int32_t* argmax);
void max_pool2d_backward(Stream& stream, Variant variant, const MaxPool2dShape& shape,
                         const float* dy, const int32_t* argmax, float* dx);

void bilinear_resize_forward(Stream& stream, const ResizeShape& shape, const float* x, float* y,
                             float* workspace = nullptr);
void bilinear_resize_backward(Stream& stream, Variant variant, const ResizeShape& shape,
                              const float* dy, float* dx, float* workspace = nullptr);

}  // namespace detaudit::kernels::cuda
