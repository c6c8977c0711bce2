#include "kernels/sum.h"

#include "kernels/atomic_add.h"
#include "kernels/grid.h"
#include "kernels/lanes.h"
#include "kernels/math.h"

namespace detaudit::kernels {
namespace {

constexpr size_t kChunk = 4096;
constexpr size_t kChunksPerBlock = 4;  // scheduling only: bits depend on chunks, not on blocks

using ChunkSum = float (*)(const float*, size_t);

void reduce(Pool& pool, Variant variant, ChunkSum chunk_sum, size_t n, const float* x,
            float* result, float* partials) {
  size_t chunks = block_count(n, kChunk);
  if (variant == Variant::kAtomic) {
    *result = 0;
    launch_grid(pool, chunks, [&](size_t chunk, unsigned) {
      Range range = block_range(chunk, n, kChunk);
      atomic_add(*result, chunk_sum(x + range.begin, range.end - range.begin));
    });
    return;
  }
  launch_grid(pool, block_count(chunks, kChunksPerBlock), [&](size_t block, unsigned) {
    Range owned = block_range(block, chunks, kChunksPerBlock);
    for (size_t chunk = owned.begin; chunk < owned.end; ++chunk) {
      Range range = block_range(chunk, n, kChunk);
      partials[chunk] = chunk_sum(x + range.begin, range.end - range.begin);
    }
  });
  *result = canonical(sum_lanes(partials, chunks));
}

}  // namespace

size_t sum_workspace_bytes(size_t n) { return block_count(n, kChunk) * sizeof(float); }

void sum(Pool& pool, Variant variant, size_t n, const float* x, float* result, void* workspace) {
  reduce(pool, variant, sum_lanes, n, x, result, static_cast<float*>(workspace));
}

void sum_of_squares(Pool& pool, Variant variant, size_t n, const float* x, float* result,
                    void* workspace) {
  reduce(pool, variant, sum_squares_lanes, n, x, result, static_cast<float*>(workspace));
}

}  // namespace detaudit::kernels
