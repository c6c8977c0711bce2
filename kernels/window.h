#pragma once

#include <algorithm>
#include <cstddef>

#include "kernels/pool.h"

namespace detaudit::kernels {

// Outputs o of one dimension whose window's element `tap` is inside the input:
// 0 <= o * stride + tap - padding < in_size.
inline Range outputs_inside(size_t tap, size_t stride, size_t padding, size_t in_size,
                            size_t out_size) {
  size_t begin = tap >= padding ? 0 : (padding - tap + stride - 1) / stride;
  size_t limit = in_size + padding;
  size_t end = tap >= limit ? 0 : std::min(out_size, (limit - tap - 1) / stride + 1);
  return {begin, std::max(begin, end)};
}

}  // namespace detaudit::kernels
