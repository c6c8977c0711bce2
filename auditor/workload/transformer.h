#pragma once

#include <deque>
#include <string>

#include "auditor/workload/dense_layers.h"
#include "auditor/workload/sequence_layers.h"

namespace detaudit::workload {

struct TransformerShape {
  size_t batch = 1;
  size_t sequence = 64;
  size_t symbols = 2;
  size_t width = 128;
  size_t heads = 4;
  size_t blocks = 2;

  size_t rows() const { return batch * sequence; }
};

// x + attention(norm(x)), then x + mlp(norm(x)), with dropout at the end of the latter.
class TransformerBlock {
 public:
  TransformerBlock(Context& context, Parameters& parameters, const std::string& name,
                   const TransformerShape& shape, const Flow& input);
  void forward(Phase phase);
  void backward();
  const Flow& output() const { return mlp_sum_.output(); }

 private:
  LayerNorm norm1_;
  Dense query_key_value_;
  Attention attention_;
  Dense projection_;
  Residual attention_sum_;
  LayerNorm norm2_;
  Dense up_;
  Activation gelu_;
  Dense down_;
  Dropout dropout_;
  Residual mlp_sum_;
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
  const Tensor<int32_t> positions_;
  Embedding tokens_;
  Embedding places_;
  Residual sum_;
  std::deque<TransformerBlock> blocks_;
  LayerNorm norm_;
  Dense head_;
};

}  // namespace detaudit::workload
