#pragma once

#include <cstddef>

#include "kernels/pool.h"

namespace detaudit::kernels {

void fill(Pool& pool, size_t n, float value, float* x);
void copy(Pool& pool, size_t n, const float* x, float* y);

}  // namespace detaudit::kernels
