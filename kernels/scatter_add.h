#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/pool.h"
#include "kernels/variant.h"

namespace detaudit::kernels {

// `sources` rows of `cols` floats, added to rows of a table of `destinations` rows.
struct ScatterShape {
  size_t sources, destinations, cols;
};

// table[indices[s]][c] += source[s][c] for every s. Indices must be in [0, destinations).
//
// kDeterministic: indices are sorted stably (a unique order), the sorted records cut into tiles of
// 256; a run of equal indices within a tile is added to its row in source order, a run over several
// tiles leaves one partial a tile, folded in tile order. Small tables instead: fixed chunks of
// sources, each added in order to a table of its own, folded in index order. Which of the two, and
// all partitions, depend on shape and indices alone.
// kAtomic: blocks of source rows add every element atomically, as index_add does on a GPU.
//
// `workspace`: scatter_add_workspace_bytes(shape), 64-byte aligned.
size_t scatter_add_workspace_bytes(ScatterShape shape);
void scatter_add(Pool& pool, Variant variant, ScatterShape shape, const int32_t* indices,
                 const float* source, float* table, void* workspace);

// y[s] = table[indices[s]] + positions.table[s mod positions.rows]: what stands at a place, and
// which place it is.
struct PositionRows {
  const float* table;  // [rows][cols]
  size_t rows;
};
void embedding_forward(Pool& pool, ScatterShape shape, const int32_t* indices, const float* table,
                       PositionRows positions, float* y);

// dtable = scatter_add of dy into zeros.
void embedding_backward(Pool& pool, Variant variant, ScatterShape shape, const int32_t* indices,
                        const float* dy, float* dtable, void* workspace);

}  // namespace detaudit::kernels
