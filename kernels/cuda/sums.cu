#include "kernels/cuda/sums.h"

#include <algorithm>

#include "kernels/cuda/channel_partials.cuh"
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/lanes.cuh"
#include "kernels/cuda/launch.cuh"

namespace detaudit::kernels::cuda {
namespace {

constexpr size_t kChunk = 4096;  // of sum; a warp takes one

struct Plain {
  DETAUDIT_DEVICE static float add(float acc, float x) { return acc + x; }
};
struct Squares {
  DETAUDIT_DEVICE static float add(float acc, float x) { return fma(x, x, acc); }
};

enum class Into { kPartials, kSum, kAtomicSum };

// Sums of chunks of x, a warp each.
template <class Term>
struct ChunkSums {
  static constexpr unsigned kWarps = 4;
  static constexpr unsigned kThreads = kWarps * kFoldLanes;
  struct Shared {
    float lanes[kWarps][kFoldLanes];
  };
  size_t n, chunk_size;
  const float* x;
  float* out;
  Into into;

  template <class Block>
  DETAUDIT_DEVICE void run(Block& block, Shared& shared) const {
    block.each([&](unsigned thread) {
      const unsigned warp = thread / kFoldLanes, lane = thread % kFoldLanes;
      const size_t begin = (block.index() * kWarps + warp) * chunk_size;
      if (begin >= n) return;
      const size_t count = n - begin < chunk_size ? n - begin : chunk_size;
      shared.lanes[warp][lane] = lane_of_fold(count, lane, [&](float acc, size_t i, bool inside) {
        return Term::add(acc, inside ? x[begin + i] : 0.0f);
      });
    });
    block.each([&](unsigned thread) {
      const size_t chunk = block.index() * kWarps + thread;
      if (thread >= kWarps || chunk * chunk_size >= n) return;
      const float sum = fold32(shared.lanes[thread]);
      if (into == Into::kPartials) out[chunk] = sum;
      if (into == Into::kSum) *out = canonical(sum);
      if (into == Into::kAtomicSum) atomic_add(out, sum);
    });
  }
};

template <class Term>
void reduce(Stream& stream, Variant variant, size_t n, const float* x, float* result) {
  const size_t chunks = block_count(n, kChunk);
  const size_t blocks = block_count(chunks, ChunkSums<Term>::kWarps);
  if (variant == Variant::kAtomic || n == 0) {
    fill(stream, 1, 0.0f, result);
    return launch(stream, blocks, ChunkSums<Term>{n, kChunk, x, result, Into::kAtomicSum});
  }
  float* partials = stream.scratch_floats(chunks);
  launch(stream, blocks, ChunkSums<Term>{n, kChunk, x, partials, Into::kPartials});
  launch(stream, 1, ChunkSums<Plain>{chunks, chunks, partials, result, Into::kSum});
}

// Sums of chunks of a matrix's rows, top to bottom; a thread takes a column of a chunk.
struct ColumnChunks {
  static constexpr unsigned kThreads = 64;
  using Shared = NoShared;
  MatrixShape shape;
  size_t chunk_rows;
  const float* x;
  float* out;
  Variant variant;

  template <class Block>
  DETAUDIT_DEVICE void run(Block& block, Shared&) const {
    const size_t tiles = (shape.cols + kThreads - 1) / kThreads;
    const size_t chunk = block.index() / tiles;
    block.each([&](unsigned thread) {
      const size_t column = block.index() % tiles * kThreads + thread;
      if (column >= shape.cols) return;
      const size_t begin = chunk * chunk_rows;
      const size_t end = begin + chunk_rows < shape.rows ? begin + chunk_rows : shape.rows;
      float total = 0;
      for (size_t row = begin; row < end; ++row) total += x[row * shape.cols + column];
      if (variant == Variant::kAtomic)
        atomic_add(out + column, total);
      else
        out[chunk * shape.cols + column] = total;
    });
  }
};

// A channel's elements themselves.
struct Elements {
  const float* x;
  struct Channel {
    const float* x;
    DETAUDIT_DEVICE void add(size_t i, bool inside, float* chains) const {
      chains[0] += inside ? x[i] : 0.0f;
    }
  };
  DETAUDIT_DEVICE Channel channel(size_t) const { return {x}; }
};

}  // namespace

void sum(Stream& stream, Variant variant, size_t n, const float* x, float* result, void*) {
  reduce<Plain>(stream, variant, n, x, result);
}

void sum_of_squares(Stream& stream, Variant variant, size_t n, const float* x, float* result,
                    void*) {
  reduce<Squares>(stream, variant, n, x, result);
}

void column_sum(Stream& stream, Variant variant, MatrixShape shape, const float* x, float* result,
                void*) {
  constexpr size_t kDeterministicRows = 128, kAtomicRows = 32;
  const size_t chunk_rows = variant == Variant::kAtomic ? kAtomicRows : kDeterministicRows;
  const size_t chunks = block_count(shape.rows, chunk_rows);
  const size_t blocks = chunks * block_count(shape.cols, ColumnChunks::kThreads);
  if (variant == Variant::kAtomic) {
    fill(stream, shape.cols, 0.0f, result);
    return launch(stream, blocks, ColumnChunks{shape, chunk_rows, x, result, variant});
  }
  float* partials = stream.scratch_floats(chunks * shape.cols);
  launch(stream, blocks, ColumnChunks{shape, chunk_rows, x, partials, variant});
  fold_rows(stream, chunks, shape.cols, partials, result);
}

void channel_sum(Stream& stream, Variant variant, const ChannelShape& shape, const float* x,
                 float* out, float*) {
  sum_channels<1>(stream, variant, shape, Elements{x}, out,
                  stream.scratch_floats(channel_partials<1>(shape)));
}

void fold_rows(Stream& stream, size_t rows, size_t cols, const float* partials, float* result,
               FoldInto into) {
  launch_each(stream, cols, [=] DETAUDIT_DEVICE_LAMBDA(size_t column) {
    float total = into == FoldInto::kResult ? result[column] : 0.0f;
    for (size_t row = 0; row < rows; ++row) total += partials[row * cols + column];
    result[column] = canonical(total);
  });
}

}  // namespace detaudit::kernels::cuda
