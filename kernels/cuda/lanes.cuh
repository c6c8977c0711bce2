#pragma once

#include "kernels/math.h"
#include "kernels/target.h"

// Sums in lanes, as kernels/lanes.h defines them: a thread is a lane.
namespace detaudit::kernels::cuda {

inline constexpr unsigned kFoldLanes = 32;

// Lane `lane` of fold_lanes over [0, n): acc = term(acc, i, inside) over its elements in order. A
// last vector of eight is filled up with elements that are not `inside` and count as zeros.
template <class Term>
DETAUDIT_DEVICE float lane_of_fold(size_t n, unsigned lane, const Term& term) {
  const size_t end = (n + 7) / 8 * 8;
  float acc = 0;
  for (size_t i = lane; i < end; i += kFoldLanes) acc = term(acc, i, i < n);
  return acc;
}

// The fixed tree over eight lanes, and over the 32 lanes of a fold.
DETAUDIT_DEVICE float fold8(const float* v) {
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}
DETAUDIT_DEVICE float fold32(const float* lanes) {
  float v[8];
  DETAUDIT_UNROLL
  for (unsigned i = 0; i < 8; ++i)
    v[i] = (lanes[i] + lanes[8 + i]) + (lanes[16 + i] + lanes[24 + i]);
  return fold8(v);
}

}  // namespace detaudit::kernels::cuda
