#include "kernels/scatter_add.h"

#include <algorithm>

#include "kernels/atomic_add.h"
#include "kernels/column_tile.h"
#include "kernels/index_sort.h"
#include "kernels/scatter_parts.h"

namespace detaudit::kernels {
namespace {

constexpr size_t kTileRecords = kScatterTile;
constexpr size_t kSourcesPerBlock = 64;  // atomic version, and forward

// The sorted records, and the partial rows of runs that cross a tile's border: `head` holds what a
// tile adds to a run that began before it, `tail` what it adds to a run that goes on after it.
struct SortedRecords {
  const int32_t* keys;
  const uint32_t* order;
  size_t n;
  float* head;
  float* tail;

  int32_t key(size_t position) const { return keys[order[position]]; }
  bool begins_at(size_t position) const {
    return position == 0 || key(position - 1) != key(position);
  }
  bool ends_at(size_t position) const { return position == n || begins_at(position); }
};

SortedRecords lay_out(ScatterShape shape, const int32_t* keys, void* workspace) {
  size_t tiles = block_count(shape.sources, kTileRecords);
  float* head = static_cast<float*>(workspace);
  float* tail = head + tiles * shape.cols;
  auto* order = reinterpret_cast<uint32_t*>(tail + tiles * shape.cols);
  return {keys, order, shape.sources, head, tail};
}

// Adds the runs of one tile, in the columns of one column tile.
void add_tile(const SortedRecords& sorted, ScatterShape shape, size_t tile, Range columns,
              const float* source, float* table) {
  constexpr size_t kAhead = 6;  // rows; their order is random to the hardware's prefetcher
  Range range = block_range(tile, sorted.n, kTileRecords);
  size_t count = columns.end - columns.begin;
  for (size_t begin = range.begin, end; begin < range.end; begin = end) {
    int32_t key = sorted.key(begin);
    for (end = begin + 1; end < range.end && sorted.key(end) == key;) ++end;
    float* target = table + static_cast<size_t>(key) * shape.cols;
    if (bool whole = sorted.begins_at(begin) && sorted.ends_at(end); !whole) {
      target = (sorted.begins_at(begin) ? sorted.tail : sorted.head) + tile * shape.cols;
      std::fill_n(target + columns.begin, count, 0.0f);
    }
    add_rows(
        end - begin,
        [&](size_t r) {
          size_t ahead = std::min(begin + r + kAhead, sorted.n - 1);
          const float* later = source + sorted.order[ahead] * shape.cols + columns.begin;
          for (size_t c = 0; c < count; c += 16) __builtin_prefetch(later + c);
          return source + sorted.order[begin + r] * shape.cols + columns.begin;
        },
        count, target + columns.begin);
    // A partial's NaN is made canonical when it has been added to the table.
    for (size_t c = columns.begin; c < columns.end; ++c) target[c] = canonical(target[c]);
  }
}

// Adds the partials of the run that begins in `tile` and goes on after it, in tile order.
void add_crossing_run(const SortedRecords& sorted, ScatterShape shape, size_t tile, Range columns,
                      float* table) {
  size_t end = (tile + 1) * kTileRecords;
  if (end >= sorted.n || sorted.begins_at(end)) return;
  int32_t key = sorted.key(end);
  if (sorted.key(tile * kTileRecords) == key && !sorted.begins_at(tile * kTileRecords)) return;
  size_t last = tile + 1;  // the last tile that the run reaches
  while ((last + 1) * kTileRecords < sorted.n && sorted.key((last + 1) * kTileRecords) == key)
    ++last;
  size_t count = columns.end - columns.begin;
  float* target = table + static_cast<size_t>(key) * shape.cols + columns.begin;
  add_rows(
      1, [&](size_t) { return sorted.tail + tile * shape.cols + columns.begin; }, count, target);
  add_rows(
      last - tile,
      [&](size_t t) { return sorted.head + (tile + 1 + t) * shape.cols + columns.begin; }, count,
      target);
  for (size_t c = 0; c < count; ++c) target[c] = canonical(target[c]);
}

void scatter_add_sorted(Pool& pool, ScatterShape shape, const int32_t* indices, const float* source,
                        float* table, void* workspace) {
  SortedRecords sorted = lay_out(shape, indices, workspace);
  auto* order = const_cast<uint32_t*>(sorted.order);
  index_sort(pool, shape.sources, indices, shape.destinations, order, order + shape.sources);
  size_t tiles = block_count(shape.sources, kTileRecords);
  size_t column_tiles = block_count(shape.cols, kColumnTile);
  launch_grid(pool, tiles * column_tiles, [&](size_t block, unsigned) {
    Range columns = block_range(block % column_tiles, shape.cols, kColumnTile);
    add_tile(sorted, shape, block / column_tiles, columns, source, table);
  });
  launch_grid(pool, column_tiles, [&](size_t block, unsigned) {
    Range columns = block_range(block, shape.cols, kColumnTile);
    for (size_t tile = 0; tile < tiles; ++tile)
      add_crossing_run(sorted, shape, tile, columns, table);
  });
}

void scatter_add_copied(Pool& pool, ScatterShape shape, const int32_t* indices, const float* source,
                        float* table, float* copies) {
  size_t count = scatter_copies(shape), elements = shape.destinations * shape.cols;
  size_t grain = block_count(shape.sources, count);
  launch_grid(pool, count, [&](size_t chunk, unsigned) {
    float* copy = copies + chunk * elements;
    std::fill_n(copy, elements, 0.0f);
    size_t end = std::min(shape.sources, (chunk + 1) * grain);
    for (size_t s = chunk * grain; s < end; ++s) {
      float* row = copy + static_cast<size_t>(indices[s]) * shape.cols;
      const float* added = source + s * shape.cols;
      for (size_t c = 0; c < shape.cols; ++c) row[c] += added[c];
    }
  });
  add_folded_rows(pool, count, elements, copies, table);
}

void scatter_add_atomic(Pool& pool, ScatterShape shape, const int32_t* indices, const float* source,
                        float* table) {
  launch_grid(pool, block_count(shape.sources, kSourcesPerBlock), [&](size_t block, unsigned) {
    Range range = block_range(block, shape.sources, kSourcesPerBlock);
    for (size_t s = range.begin; s < range.end; ++s)
      atomic_add(table + static_cast<size_t>(indices[s]) * shape.cols, source + s * shape.cols,
                 shape.cols);
  });
}

}  // namespace

size_t scatter_add_workspace_bytes(ScatterShape shape) {
  if (size_t copies = scatter_copies(shape))
    return copies * shape.destinations * shape.cols * sizeof(float);
  size_t partials = 2 * block_count(shape.sources, kTileRecords) * shape.cols;
  return partials * sizeof(float) + shape.sources * sizeof(uint32_t) +
         index_sort_workspace_bytes(shape.sources);
}

void scatter_add(Pool& pool, Variant variant, ScatterShape shape, const int32_t* indices,
                 const float* source, float* table, void* workspace) {
  if (variant == Variant::kAtomic)
    scatter_add_atomic(pool, shape, indices, source, table);
  else if (scatter_copies(shape) > 0)
    scatter_add_copied(pool, shape, indices, source, table, static_cast<float*>(workspace));
  else
    scatter_add_sorted(pool, shape, indices, source, table, workspace);
}

void embedding_forward(Pool& pool, ScatterShape shape, const int32_t* indices, const float* table,
                       PositionRows positions, float* y) {
  launch_grid(pool, block_count(shape.sources, kSourcesPerBlock), [&](size_t block, unsigned) {
    Range range = block_range(block, shape.sources, kSourcesPerBlock);
    for (size_t s = range.begin; s < range.end; ++s) {
      const float* row = table + static_cast<size_t>(indices[s]) * shape.cols;
      const float* position = positions.table + s % positions.rows * shape.cols;
      for (size_t c = 0; c < shape.cols; ++c)
        y[s * shape.cols + c] = canonical(row[c] + position[c]);
    }
  });
}

void embedding_backward(Pool& pool, Variant variant, ScatterShape shape, const int32_t* indices,
                        const float* dy, float* dtable, void* workspace) {
  launch_elementwise(pool, shape.destinations * shape.cols, [&](size_t begin, size_t end) {
    std::fill(dtable + begin, dtable + end, 0.0f);
  });
  scatter_add(pool, variant, shape, indices, dy, dtable, workspace);
}

}  // namespace detaudit::kernels
