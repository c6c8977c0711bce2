#pragma once

#include <cstddef>

#include "kernels/pool.h"

namespace detaudit::kernels {

// Elementwise over n floats; every element by itself, so no order can matter. In place is allowed.

// y = max(x, 0); NaN and -0 give 0.
void relu_forward(Pool& pool, size_t n, const float* x, float* y);
// dx = y > 0 ? dy : 0, from the output of the forward pass.
void relu_backward(Pool& pool, size_t n, const float* y, const float* dy, float* dx);

// y = x * Phi(x), exact (erf) GELU; the functions of kernels/math.h.
void gelu_forward(Pool& pool, size_t n, const float* x, float* y);
// dx, and y once more, which shares most of the work: whoever asks for it need not have kept it.
void gelu_backward(Pool& pool, size_t n, const float* x, const float* dy, float* dx, float* y);

}  // namespace detaudit::kernels
