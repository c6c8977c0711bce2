#include "kernels/activation.h"

#include "kernels/grid.h"
#include "kernels/math.h"

namespace detaudit::kernels {

void relu_forward(Pool& pool, size_t n, const float* x, float* y) {
  launch_elementwise(pool, n, [=](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) y[i] = x[i] > 0 ? x[i] : 0.0f;
  });
}

void relu_backward(Pool& pool, size_t n, const float* y, const float* dy, float* dx) {
  launch_elementwise(pool, n, [=](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      float gradient = dy[i];
      dx[i] = y[i] > 0 ? gradient : 0.0f;
    }
  });
}

void gelu_forward(Pool& pool, size_t n, const float* x, float* y) {
  launch_elementwise(pool, n, [=](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) y[i] = canonical(gelu(x[i]));
  });
}

void gelu_backward(Pool& pool, size_t n, const float* x, const float* dy, float* dx, float* y) {
  launch_elementwise(pool, n, [=](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      const float value = gelu(x[i]), derivative = gelu_derivative(x[i]);
      dx[i] = canonical(dy[i] * derivative);
      y[i] = canonical(value);
    }
  });
}

}  // namespace detaudit::kernels
