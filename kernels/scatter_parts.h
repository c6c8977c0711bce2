#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>

#include "kernels/scatter_add.h"

// How scatter_add cuts its work, on every device: bits depend on it.
namespace detaudit::kernels {

inline constexpr size_t kScatterTile = 256;  // sorted records that are added up together

// Small tables: the sources are cut into chunks, each adds to a table of its own, and the tables
// are folded, which costs at most a quarter of the additions. How many depends on the shape alone;
// a power of two, to share out evenly. 0: not worth it, or too large for a cache; the records are
// sorted instead.
inline size_t scatter_copies(ScatterShape shape) {
  constexpr size_t kLeast = 4, kMost = 16, kMostElements = 65536;
  size_t per_row = shape.sources / std::max<size_t>(1, shape.destinations);
  if (shape.destinations * shape.cols > kMostElements || per_row < 4 * kLeast) return 0;
  return std::bit_floor(std::clamp(per_row / 8, kLeast, kMost));
}

}  // namespace detaudit::kernels
