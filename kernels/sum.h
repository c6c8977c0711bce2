#pragma once

#include <cstddef>

#include "kernels/pool.h"
#include "kernels/variant.h"

namespace detaudit::kernels {

// Full reductions of n floats to one.
//
// kDeterministic: chunks of 4096 elements, each summed in 32 lanes that a fixed tree folds; the
// chunks' partials are folded in index order by the same rule. The partition depends on n alone, so
// the bits depend on neither thread count nor schedule. Source: two-pass sum of Shanmugavelu et al.
// kAtomic: one block a chunk, its partial added atomically to the result.
//
// n = 0 gives 0. `workspace`: sum_workspace_bytes(n), 64-byte aligned.
size_t sum_workspace_bytes(size_t n);
void sum(Pool& pool, Variant variant, size_t n, const float* x, float* result, void* workspace);
void sum_of_squares(Pool& pool, Variant variant, size_t n, const float* x, float* result,
                    void* workspace);

}  // namespace detaudit::kernels
