#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cuda/stream.h"
#include "kernels/optimizer.h"
#include "kernels/philox.h"

// Twins of the elementwise operations: kernels/activation.h, dropout.h, optimizer.h, philox.h.
// All pointers are the device's; generators are the host's.
namespace detaudit::kernels::cuda {

void fill(Stream& stream, size_t n, float value, float* x);
void copy(Stream& stream, size_t n, const float* x, float* y);

void relu_forward(Stream& stream, size_t n, const float* x, float* y);
void relu_backward(Stream& stream, size_t n, const float* y, const float* dy, float* dx);
void gelu_forward(Stream& stream, size_t n, const float* x, float* y);
void gelu_backward(Stream& stream, size_t n, const float* x, const float* dy, float* dx, float* y);

void dropout_forward(Stream& stream, Philox& state, float rate, size_t n, const float* x, float* y,
                     uint8_t* mask);
void dropout_backward(Stream& stream, float rate, size_t n, const uint8_t* mask, const float* dy,
                      float* dx);

void fill_normal(Stream& stream, Philox& state, float mean, float deviation, size_t n, float* x);

void sgd_update(Stream& stream, const SgdOptions& options, size_t n, const float* gradient,
                float* weight, float* velocity);
void adam_update(Stream& stream, const AdamOptions& options, uint64_t step, size_t n,
                 const float* gradient, float* weight, float* mean, float* variance);

}  // namespace detaudit::kernels::cuda
