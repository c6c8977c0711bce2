#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/dtype.h"

namespace detaudit::kernels {

// How far apart two buffers of one type are. ULP distance counts representable values between
// two numbers of the same type (sign-magnitude order; NaN against anything else is UINT64_MAX).
struct Magnitude {
  uint64_t elements = 0;
  uint64_t differing = 0;   // elements whose bytes differ
  uint64_t max_ulp = 0;     // 0 for integer types
  double max_abs = 0;       // largest |a - b|; infinity when one is not finite
  double scale = 0;         // largest finite |a|: what max_abs is to be seen against
  uint64_t first_element = 0;  // index of the first differing element, when differing > 0
};

Magnitude compare_buffers(const void* a, const void* b, size_t elements, DType dtype);

// Element-wise worst of two comparisons of the same op.
Magnitude merge(const Magnitude& a, const Magnitude& b);

}  // namespace detaudit::kernels
