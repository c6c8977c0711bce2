#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/philox.h"
#include "kernels/pool.h"

namespace detaudit::kernels {

// y = mask * x / (1 - rate); mask[i] is 1 with probability 1 - rate, drawn from word i of the
// stream, whichever thread draws it. Moves the state past ceil(n / 4) blocks. rate in [0, 1).
void dropout_forward(Pool& pool, Philox& state, float rate, size_t n, const float* x, float* y,
                     uint8_t* mask);
// dx = mask * dy / (1 - rate).
void dropout_backward(Pool& pool, float rate, size_t n, const uint8_t* mask, const float* dy,
                      float* dx);

}  // namespace detaudit::kernels
