#pragma once

#include <cstddef>

#include "kernels/pool.h"
#include "kernels/variant.h"

namespace detaudit::kernels {

struct MatrixShape {
  size_t rows, cols;
};

// result[c] = sum over r of x[r][c]: the bias gradient of a dense layer.
//
// kDeterministic: fixed chunks of rows, each summed top to bottom; partials folded in index order.
// The chunks depend on the number of rows alone.
// kAtomic: a block sums its rows, then adds its partial to `result` atomically.
//
// `workspace`: column_sum_workspace_bytes(shape), 64-byte aligned.
size_t column_sum_workspace_bytes(MatrixShape shape);
void column_sum(Pool& pool, Variant variant, MatrixShape shape, const float* x, float* result,
                void* workspace);

}  // namespace detaudit::kernels
