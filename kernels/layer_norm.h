#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/column_sum.h"
#include "kernels/philox.h"
#include "kernels/pool.h"
#include "kernels/variant.h"

namespace detaudit::kernels {

inline constexpr float kLayerNormEpsilon = 1e-5f;

// y = (x - mean) * rstd * gamma + beta over each row; mean and rstd are [rows], kept for backward.
// A row's sums go over 32 lanes and a fixed tree: deterministic by construction.
void layer_norm_forward(Pool& pool, MatrixShape shape, const float* x, const float* gamma,
                        const float* beta, float* y, float* mean, float* rstd);

// A residual connection that ends in a layer norm, in one pass over the rows, as FlashAttention's
// dropout_add_layer_norm: sum = trunk + branch, and y is what layer_norm_forward makes of sum.
struct ResidualSum {
  const float* trunk;
  const float* branch;
  float* sum;
};
void add_layer_norm_forward(Pool& pool, MatrixShape shape, const ResidualSum& residual,
                            const float* gamma, const float* beta, float* y, float* mean,
                            float* rstd);

// The same with the branch through dropout, which leaves state and mask as dropout_forward does.
struct BranchDropout {
  Philox* state;
  float rate;
  uint8_t* mask;
};
void dropout_add_layer_norm_forward(Pool& pool, MatrixShape shape, const BranchDropout& dropout,
                                    const ResidualSum& residual, const float* gamma,
                                    const float* beta, float* y, float* mean, float* rstd);

// dx [rows][cols], dgamma and dbeta [cols], all overwritten. Where a residual connection goes past
// the norm, its gradient `past` is added to the norm's own; where the branch that x is the sum of
// went through dropout, dbranch = mask * dx / (1 - rate).
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
  const uint8_t* mask = nullptr;  // null: no dropout
  float rate = 0;
};
struct LayerNormUpstream {
  const float* dy;
  const float* past = nullptr;  // null: none
};
struct LayerNormGradients {
  float* dx;  // neither dy nor past
  float* dgamma;
  float* dbeta;
  float* dbranch = nullptr;  // with a mask
};
size_t layer_norm_workspace_bytes(MatrixShape shape);
void layer_norm_backward(Pool& pool, Variant variant, MatrixShape shape, LayerNormSaved saved,
                         LayerNormUpstream upstream, LayerNormGradients gradients, void* workspace);

}  // namespace detaudit::kernels
