#pragma once

#include <algorithm>
#include <cstddef>

#include "kernels/grid.h"
#include "kernels/lanes.h"

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

// result[c] = sum over r of partials[r][c], in index order: how the partials of fixed chunks become
// one row. One thread when that is quicker than a launch; the chains are the same.
inline void fold_rows(Pool& pool, size_t rows, size_t cols, const float* partials, float* result) {
  constexpr size_t kWorthALaunch = 32768;
  auto fold_tile = [&](size_t tile, unsigned) {
    Range columns = block_range(tile, cols, kColumnTile);
    size_t count = columns.end - columns.begin;
    std::fill_n(result + columns.begin, count, 0.0f);
    add_rows(
        rows, [&](size_t r) { return partials + r * cols + columns.begin; }, count,
        result + columns.begin);
  };
  size_t tiles = block_count(cols, kColumnTile);
  if (rows * cols >= kWorthALaunch) return launch_grid(pool, tiles, fold_tile);
  for (size_t tile = 0; tile < tiles; ++tile) fold_tile(tile, 0);
}

}  // namespace detaudit::kernels
