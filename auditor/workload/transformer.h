#pragma once

#include <deque>
#include <string>

#include "auditor/workload/dense_layers.h"
#include "auditor/workload/sequence_layers.h"

namespace detaudit::workload {

struct TransformerShape {
  size_t batch = 1;
  size_t sequence = 96;
  size_t symbols = 2;
  size_t width = 256;
  size_t heads = 4;
  size_t blocks = 1;

  size_t rows() const { return batch * sequence; }
};

// x + attention(norm(x)), then that + mlp(norm(that)), with dropout at the end of the latter. A
// norm is one operation with the sum before it, so that a block begins behind a norm and ends in
// one.
class TransformerBlock {
 public:
  // before: the norm that the block begins behind.
  TransformerBlock(Context& context, Parameters& parameters, const std::string& name,
                   const TransformerShape& shape, const LayerNorm& before);
  void forward(Phase phase);
  // past: the gradient of the last sum by way of the next block's residual connection.
  void backward(const Tensor<float>& past);
  const LayerNorm& last() const { return mlp_norm_; }
  // The gradient of the norm's input before the block by way of the first residual connection.
  const Tensor<float>& trunk_gradient() const { return attention_norm_.input().gradient; }

 private:
  Dense query_key_value_;
  Attention attention_;
  Dense projection_;
  AddLayerNorm attention_norm_;
  Mlp mlp_;
  DropoutMask dropout_;
  DropoutAddLayerNorm mlp_norm_;
};

// Sequences of symbols to scores of the symbol that follows each.
class Transformer {
 public:
  // `tokens`: [batch][sequence], to be filled before forward().
  Transformer(Context& context, Parameters& parameters, const TransformerShape& shape,
              const Tensor<int32_t>& tokens);
  void forward(Phase phase);
  void backward();
  const Flow& scores() const { return head_.output(); }

 private:
  Embedding tokens_;
  LayerNorm norm_;
  std::deque<TransformerBlock> blocks_;
  Dense head_;
};

}  // namespace detaudit::workload
