#pragma once

#include <cstddef>

#include "kernels/pool.h"
#include "kernels/variant.h"

namespace detaudit::kernels {

// qkv is [batch][sequence][3][heads][dim], as one dense layer gives it; output and its gradient are
// [batch][sequence][heads][dim]; log_sum [batch][heads][sequence] is kept for backward.
// dim <= kAttentionMaxDim.
struct AttentionShape {
  size_t batch, sequence, heads, dim;
};
inline constexpr size_t kAttentionMaxDim = 128;

// Causal attention with scale 1/sqrt(dim), tiled, without storing the score matrix. A block owns
// its query rows and visits key tiles in order: deterministic by construction.
// Source: FlashAttention-2 (Dao 2023), algorithm 1.
void attention_forward(Pool& pool, AttentionShape shape, const float* qkv, float* output,
                       float* log_sum);

// dqkv, laid out as qkv and overwritten; scores are computed again from log_sum.
//
// dK and dV of a key tile are summed over query tiles in order by one owner. dQ is a sum over key
// tiles. kAtomic: one block a key tile, which adds its part of dQ atomically, as FlashAttention
// does. kDeterministic: dQ is one FMA chain over the keys in order; a block owns a whole head, or,
// when heads are too few for the workers, a tile of queries: the same chain either way.
//
// `workspace`: attention_workspace_bytes(shape), 64-byte aligned.
struct AttentionSaved {
  const float* qkv;
  const float* output;
  const float* log_sum;
};
size_t attention_workspace_bytes(AttentionShape shape);
void attention_backward(Pool& pool, Variant variant, AttentionShape shape, AttentionSaved saved,
                        const float* doutput, float* dqkv, void* workspace);

}  // namespace detaudit::kernels
