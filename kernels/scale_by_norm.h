#pragma once

#include <cstddef>

#include "kernels/pool.h"

namespace detaudit::kernels {

// The factor that brings a vector of this norm to max_norm: min(1, max_norm / norm); 1 for norm 0.
float norm_scale(float max_norm, float sum_of_squares);

// Clipping by global norm: x *= norm_scale(max_norm, *sum_of_squares). Elementwise; what can vary
// is the sum (see sum.h), which the caller computes over everything that is clipped together.
void scale_by_norm(Pool& pool, float max_norm, const float* sum_of_squares, size_t n, float* x);

}  // namespace detaudit::kernels
