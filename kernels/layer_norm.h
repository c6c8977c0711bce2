#pragma once

#include <cstddef>

#include "kernels/column_sum.h"
#include "kernels/pool.h"
#include "kernels/variant.h"

namespace detaudit::kernels {

inline constexpr float kLayerNormEpsilon = 1e-5f;

// y = (x - mean) * rstd * gamma + beta over each row; mean and rstd are [rows], kept for backward.
// A row's sums go over 32 lanes and a fixed tree: deterministic by construction.
void layer_norm_forward(Pool& pool, MatrixShape shape, const float* x, const float* gamma,
                        const float* beta, float* y, float* mean, float* rstd);

// dx [rows][cols], dgamma and dbeta [cols], all overwritten.
//
// dgamma and dbeta are sums over rows. kDeterministic: fixed chunks of rows, partials folded in
// index order; the chunks depend on the number of rows alone. kAtomic: a block's partials are added
// atomically, as Triton's and llm.c's kernels do.
//
// `workspace`: layer_norm_workspace_bytes(shape), 64-byte aligned.
struct LayerNormSaved {
  const float* x;
  const float* gamma;
  const float* mean;
  const float* rstd;
};
struct LayerNormGradients {
  float* dx;
  float* dgamma;
  float* dbeta;
};
size_t layer_norm_workspace_bytes(MatrixShape shape);
void layer_norm_backward(Pool& pool, Variant variant, MatrixShape shape, LayerNormSaved saved,
                         const float* dy, LayerNormGradients gradients, void* workspace);

}  // namespace detaudit::kernels
