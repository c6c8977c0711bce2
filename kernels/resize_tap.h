#pragma once

#include "kernels/resize.h"
#include "kernels/target.h"

namespace detaudit::kernels {

// resize_tap, as host and device compute it: in double, each operation rounded.
DETAUDIT_BOTH ResizeTap bilinear_tap(size_t out_index, size_t in_size, size_t out_size) {
  const double scale = static_cast<double>(in_size) / static_cast<double>(out_size);
  const double centre = (static_cast<double>(out_index) + 0.5) * scale - 0.5;
  const double position = centre > 0.0 ? centre : 0.0;
  const size_t floor = static_cast<size_t>(position);
  const size_t low = floor < in_size - 1 ? floor : in_size - 1;
  if (low + 1 == in_size) return {low, low, 0.0f};
  return {low, low + 1, static_cast<float>(position - static_cast<double>(low))};
}

}  // namespace detaudit::kernels
