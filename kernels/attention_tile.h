#pragma once

#include <cstddef>

#include "kernels/attention.h"
#include "kernels/target.h"

namespace detaudit::kernels {

inline constexpr size_t kAttentionTile = 32;  // queries, and keys, that a tile covers

enum class QkvPart : size_t { kQuery, kKey, kValue };

// Where one head's rows are in the packed tensors.
struct AttentionHead {
  AttentionShape shape;
  size_t batch, head;

  DETAUDIT_BOTH AttentionHead(AttentionShape s, size_t index)
      : shape(s), batch(index / s.heads), head(index % s.heads) {}

  DETAUDIT_BOTH size_t qkv_stride() const { return 3 * shape.heads * shape.dim; }
  DETAUDIT_BOTH size_t output_stride() const { return shape.heads * shape.dim; }
  DETAUDIT_BOTH size_t qkv_offset(QkvPart part, size_t row) const {
    size_t column = (static_cast<size_t>(part) * shape.heads + head) * shape.dim;
    return (batch * shape.sequence + row) * qkv_stride() + column;
  }
  DETAUDIT_BOTH size_t output_offset(size_t row) const {
    return (batch * shape.sequence + row) * output_stride() + head * shape.dim;
  }
  DETAUDIT_BOTH size_t row_offset(size_t row) const {
    return (batch * shape.heads + head) * shape.sequence + row;
  }
};

inline size_t attention_tiles(AttentionShape shape) {
  return block_count(shape.sequence, kAttentionTile);
}
inline Range attention_tile(AttentionShape shape, size_t tile) {
  return block_range(tile, shape.sequence, kAttentionTile);
}

// What a tile of the backward pass reads.
struct AttentionInputs {
  AttentionSaved saved;
  const float* doutput;
  const float* row_dots;  // [batch][heads][sequence]: dot of a row's output and its gradient
};

// row_dots of every row: what softmax's gradient subtracts.
void attention_row_dots(Pool& pool, AttentionShape shape, const float* output, const float* doutput,
                        float* row_dots);

// One tile of queries against one tile of keys: probabilities and score gradients computed again
// from the inputs, then multiplied into the gradients. On one thread; 32 KiB, on the stack.
class AttentionBackwardTile {
 public:
  AttentionBackwardTile(const AttentionInputs& inputs, const AttentionHead& head)
      : inputs_(inputs), head_(head) {}

  void compute(size_t query_tile, size_t key_tile);
  // dK and dV of the key tile, in dqkv; the first query tile of a key tile starts their chains.
  void add_to_keys(float* dqkv) const;
  // dQ of the query tile, to rows `stride` apart.
  enum class Chain { kStart, kContinue };
  void add_to_queries(float* dq, size_t stride, Chain chain) const;

  Range queries() const { return queries_; }

 private:
  const AttentionInputs& inputs_;
  const AttentionHead& head_;
  Range queries_{}, keys_{};
  float probabilities_[kAttentionTile * kAttentionTile];
  float dscores_[kAttentionTile * kAttentionTile];
};

}  // namespace detaudit::kernels
