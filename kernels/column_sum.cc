#include "kernels/column_sum.h"

#include <algorithm>

#include "kernels/atomic_add.h"
#include "kernels/column_tile.h"

namespace detaudit::kernels {
namespace {

constexpr size_t kRowChunk = 128;

// Rows a block takes. The atomic version spreads a short matrix over several blocks, as a GPU would.
size_t chunk_rows(Variant variant, size_t rows) {
  constexpr size_t kBlocks = 16, kFewest = 2;
  if (variant == Variant::kDeterministic) return kRowChunk;
  return std::clamp(block_count(rows, kBlocks), kFewest, kRowChunk);
}

}  // namespace

size_t column_sum_workspace_bytes(MatrixShape shape) {
  return block_count(shape.rows, kRowChunk) * shape.cols * sizeof(float);
}

void column_sum(Pool& pool, Variant variant, MatrixShape shape, const float* x, float* result,
                void* workspace) {
  size_t chunk_height = chunk_rows(variant, shape.rows);
  size_t chunks = block_count(shape.rows, chunk_height);
  size_t tiles = block_count(shape.cols, kColumnTile);
  float* partials = static_cast<float*>(workspace);
  if (variant == Variant::kAtomic) std::fill_n(result, shape.cols, 0.0f);
  launch_grid(pool, chunks * tiles, [&](size_t block, unsigned) {
    size_t chunk = block / tiles;
    Range rows = block_range(chunk, shape.rows, chunk_height);
    Range columns = block_range(block % tiles, shape.cols, kColumnTile);
    size_t count = columns.end - columns.begin;
    const float* corner = x + rows.begin * shape.cols + columns.begin;
    float total[kColumnTile] = {};
    add_rows(
        rows.end - rows.begin, [&](size_t r) { return corner + r * shape.cols; }, count, total);
    if (variant == Variant::kAtomic)
      atomic_add(result + columns.begin, total, count);
    else
      std::copy_n(total, count, partials + chunk * shape.cols + columns.begin);
  });
  if (variant == Variant::kDeterministic) fold_rows(pool, chunks, shape.cols, partials, result);
}

}  // namespace detaudit::kernels
