#pragma once

#include <algorithm>
#include <cstddef>

#include "kernels/grid.h"
#include "kernels/lanes.h"
#include "kernels/math.h"

namespace detaudit::kernels {

// Columns that a block sums at a time: eight vectors of eight, so that the sums stay in registers.
inline constexpr size_t kColumnTile = 64;

// total[c] += row_at(r)[c] for every r in [0, rows) in order, c in [0, count), count <= 64.
template <typename RowAt>
inline void add_rows(size_t rows, RowAt row_at, size_t count, float* total) {
  if (count == kColumnTile) {
    Lanes acc[kColumnTile / kLanes];
    for (size_t j = 0; j < kColumnTile / kLanes; ++j) acc[j] = load(total + j * kLanes);
    for (size_t r = 0; r < rows; ++r) {
      const float* row = row_at(r);
      for (size_t j = 0; j < kColumnTile / kLanes; ++j) acc[j] += load(row + j * kLanes);
    }
    for (size_t j = 0; j < kColumnTile / kLanes; ++j) store(total + j * kLanes, acc[j]);
    return;
  }
  for (size_t r = 0; r < rows; ++r) {
    const float* row = row_at(r);
    for (size_t c = 0; c < count; ++c) total[c] += row[c];
  }
}

// result[c] += sum over r of partials[r][c], in index order: how the partials of fixed chunks
// become one row. One thread when that is quicker than a launch; the chains are the same.
inline void add_folded_rows(Pool& pool, size_t rows, size_t cols, const float* partials,
                            float* result) {
  constexpr size_t kWorthALaunch = 65536, kTilesPerBlock = 4;
  auto fold_tiles = [&](size_t first, size_t last) {
    for (size_t tile = first; tile < last; ++tile) {
      Range columns = block_range(tile, cols, kColumnTile);
      add_rows(
          rows, [&](size_t r) { return partials + r * cols + columns.begin; },
          columns.end - columns.begin, result + columns.begin);
      for (size_t c = columns.begin; c < columns.end; ++c) result[c] = canonical(result[c]);
    }
  };
  size_t tiles = block_count(cols, kColumnTile);
  if (rows * cols < kWorthALaunch) return fold_tiles(0, tiles);
  launch_grid(pool, block_count(tiles, kTilesPerBlock), [&](size_t block, unsigned) {
    Range owned = block_range(block, tiles, kTilesPerBlock);
    fold_tiles(owned.begin, owned.end);
  });
}

// The same into zeros.
inline void fold_rows(Pool& pool, size_t rows, size_t cols, const float* partials, float* result) {
  std::fill_n(result, cols, 0.0f);
  add_folded_rows(pool, rows, cols, partials, result);
}

}  // namespace detaudit::kernels
