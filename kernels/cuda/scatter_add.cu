#include "kernels/cuda/scatter_add.h"

#include "kernels/cuda/atomic.cuh"
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/sums.h"
#include "kernels/math.h"
#include "kernels/scatter_parts.h"

namespace detaudit::kernels::cuda {
namespace {

// A table of its own for each chunk of sources: a row of threads takes a row of a chunk's table and
// looks through the chunk's indices for it, in order.
struct CopiedTables {
  static constexpr unsigned kThreads = 128;
  static constexpr unsigned kIndices = 256;  // looked through at a time
  struct Shared {
    int32_t indices[kIndices];
  };
  ScatterShape shape;
  size_t grain;  // sources of a chunk
  const int32_t* indices;
  const float* source;
  float* copies;

  // A block takes kThreads neighbouring elements of a chunk's table.
  template <class Block>
  DETAUDIT_DEVICE void run(Block& block, Shared& shared) const {
    const size_t elements = shape.destinations * shape.cols;
    const size_t across = (elements + kThreads - 1) / kThreads;
    const size_t chunk = block.index() / across, first = block.index() % across * kThreads;
    const size_t end = (chunk + 1) * grain < shape.sources ? (chunk + 1) * grain : shape.sources;
    typename Block::template PerThread<float> sums;
    block.each([&](unsigned thread) { sums[thread] = 0; });
    for (size_t begin = chunk * grain; begin < end; begin += kIndices) {
      const size_t count = end - begin < kIndices ? end - begin : kIndices;
      block.each([&](unsigned thread) {
        for (size_t i = thread; i < count; i += kThreads) shared.indices[i] = indices[begin + i];
      });
      block.each([&](unsigned thread) {
        const size_t element = first + thread;
        const auto row = static_cast<int32_t>(element / shape.cols);
        const float* column = source + begin * shape.cols + element % shape.cols;
        if (element >= elements) return;
        for (size_t i = 0; i < count; ++i)
          if (shared.indices[i] == row) sums[thread] += column[i * shape.cols];
      });
    }
    block.each([&](unsigned thread) {
      if (first + thread < elements) copies[chunk * elements + first + thread] = sums[thread];
    });
  }
};

void scatter_add_copied(Stream& stream, ScatterShape shape, const int32_t* indices,
                        const float* source, float* table) {
  const size_t count = scatter_copies(shape), elements = shape.destinations * shape.cols;
  float* copies = stream.scratch_floats(count * elements);
  launch(stream, count * block_count(elements, CopiedTables::kThreads),
         CopiedTables{shape, block_count(shape.sources, count), indices, source, copies});
  fold_rows(stream, count, elements, copies, table, FoldInto::kResult);
}

// The sorted records, and the partial rows of runs that cross a tile's border, as in
// kernels/scatter_add.cc.
struct SortedRecords {
  const int32_t* keys;
  const uint32_t* order;
  size_t n;
  float *head, *tail;

  DETAUDIT_DEVICE int32_t key(size_t position) const { return keys[order[position]]; }
  DETAUDIT_DEVICE bool begins_at(size_t position) const {
    return position == 0 || key(position - 1) != key(position);
  }
  DETAUDIT_DEVICE bool ends_at(size_t position) const {
    return position == n || begins_at(position);
  }
};

// Adds up the part of a run that begins at `position` or, at a tile's first record, goes on there:
// in the table where the run is whole in its tile.
DETAUDIT_DEVICE void add_run(const SortedRecords& sorted, size_t cols, size_t position,
                             size_t column, const float* source, float* table) {
  const size_t tile = position / kScatterTile;
  const bool begins = sorted.begins_at(position);
  if (!begins && position % kScatterTile != 0) return;
  const size_t limit = (tile + 1) * kScatterTile < sorted.n ? (tile + 1) * kScatterTile : sorted.n;
  const int32_t key = sorted.key(position);
  size_t end = position;
  float* row = table + static_cast<size_t>(key) * cols;
  float in_table = row[column], partial = 0;
  for (; end < limit && sorted.key(end) == key; ++end) {
    const float value = source[sorted.order[end] * cols + column];
    in_table += value;
    partial += value;
  }
  if (begins && sorted.ends_at(end))
    row[column] = canonical(in_table);
  else
    (begins ? sorted.tail : sorted.head)[tile * cols + column] = partial;
}

// Adds the partials of the run that begins in `tile` and goes on after it, in tile order.
DETAUDIT_DEVICE void add_crossing_run(const SortedRecords& sorted, size_t cols, size_t tile,
                                      size_t column, float* table) {
  const size_t end = (tile + 1) * kScatterTile;
  if (end >= sorted.n || sorted.begins_at(end)) return;
  const int32_t key = sorted.key(end);
  if (sorted.key(tile * kScatterTile) == key && !sorted.begins_at(tile * kScatterTile)) return;
  float& element = table[static_cast<size_t>(key) * cols + column];
  float sum = element + sorted.tail[tile * cols + column];
  for (size_t t = tile + 1; t * kScatterTile < sorted.n && sorted.key(t * kScatterTile) == key; ++t)
    sum += sorted.head[t * cols + column];
  element = canonical(sum);
}

void scatter_add_sorted(Stream& stream, ScatterShape shape, const int32_t* indices,
                        const float* source, float* table) {
  const size_t n = shape.sources, cols = shape.cols, tiles = block_count(n, kScatterTile);
  float* head = stream.scratch_floats(2 * tiles * cols + 2 * n + index_sort_counts(n));
  float* tail = head + tiles * cols;
  auto* order = reinterpret_cast<uint32_t*>(tail + tiles * cols);
  index_sort(stream, n, indices, shape.destinations, order, order + n, order + 2 * n);
  const SortedRecords sorted{indices, order, n, head, tail};
  launch_each(stream, n * cols, [=] DETAUDIT_DEVICE_LAMBDA(size_t i) {
    add_run(sorted, cols, i / cols, i % cols, source, table);
  });
  launch_each(stream, tiles * cols, [=] DETAUDIT_DEVICE_LAMBDA(size_t i) {
    add_crossing_run(sorted, cols, i / cols, i % cols, table);
  });
}

}  // namespace

void scatter_add(Stream& stream, Variant variant, ScatterShape shape, const int32_t* indices,
                 const float* source, float* table, void*) {
  if (variant == Variant::kDeterministic) {
    if (scatter_copies(shape) > 0) return scatter_add_copied(stream, shape, indices, source, table);
    return scatter_add_sorted(stream, shape, indices, source, table);
  }
  const size_t cols = shape.cols;
  launch_each(stream, shape.sources * cols, [=] DETAUDIT_DEVICE_LAMBDA(size_t i) {
    atomic_add(table + static_cast<size_t>(indices[i / cols]) * cols + i % cols, source[i]);
  });
}

void embedding_forward(Stream& stream, ScatterShape shape, const int32_t* indices,
                       const float* table, PositionRows positions, float* y) {
  const size_t cols = shape.cols;
  launch_each(stream, shape.sources * cols, [=] DETAUDIT_DEVICE_LAMBDA(size_t i) {
    const size_t s = i / cols, c = i % cols;
    y[i] = canonical(table[static_cast<size_t>(indices[s]) * cols + c] +
                     positions.table[s % positions.rows * cols + c]);
  });
}

void embedding_backward(Stream& stream, Variant variant, ScatterShape shape, const int32_t* indices,
                        const float* dy, float* dtable, void*) {
  fill(stream, shape.destinations * shape.cols, 0.0f, dtable);
  scatter_add(stream, variant, shape, indices, dy, dtable);
}

}  // namespace detaudit::kernels::cuda
