#pragma once

#include <cstdint>

#include "kernels/dense.h"
#include "kernels/math.h"
#include "kernels/target.h"

namespace detaudit::kernels {

inline constexpr float kFixedPointUnit = 0x1p-20f;
inline constexpr size_t kFixedPointRows = 4;  // of a shard

// A number in units of kFixedPointUnit, rounded to even, at most 2^30 of them; NaN counts as 0.
DETAUDIT_BOTH int32_t to_fixed_point(float x) {
  constexpr float kMost = 0x1p30f;
  const float units = x * (1 / kFixedPointUnit);
  const float low = units > -kMost ? units : -kMost;
  const float in = low < kMost ? low : kMost;
  return x == x ? static_cast<int32_t>(nearest_integer(in)) : 0;
}

// dweight = x^T dy, as kernels/dense.h has it, accumulated in fixed point: shards of rows add their
// parts atomically, and yet the sum is the same in any order. `sums` [inputs * outputs] hold zeros.
void fixed_point_product(Pool& pool, DenseShape shape, const float* x, const float* dy,
                         int32_t* sums, float* dweight);

}  // namespace detaudit::kernels
