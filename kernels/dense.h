#pragma once

#include <cstddef>

#include "kernels/pool.h"
#include "kernels/variant.h"

namespace detaudit::kernels {

// x [rows][inputs], weight [inputs][outputs], y [rows][outputs].
struct DenseShape {
  size_t rows, inputs, outputs;
};

// y = x weight + bias (bias [outputs] may be null). Each output is one FMA chain over the inputs in
// order that starts from the bias: deterministic by construction.
void dense_forward(Pool& pool, DenseShape shape, const float* x, const float* weight,
                   const float* bias, float* y);

// dx = dy weight^T, one FMA chain over the outputs in order.
void dense_backward_data(Pool& pool, DenseShape shape, const float* dy, const float* weight,
                         float* dx);

// dweight = x^T dy. (The bias gradient is column_sum of dy.)
//
// kDeterministic: each element is one FMA chain over the rows in order.
// kAtomic: split-K: blocks of (tile of dweight, span of rows) add their partial tile atomically.
void dense_backward_weight(Pool& pool, Variant variant, DenseShape shape, const float* x,
                           const float* dy, float* dweight);

}  // namespace detaudit::kernels
