#include "auditor/workload/transformer.h"

#include <cmath>

namespace detaudit::workload {
namespace {

constexpr float kDropoutRate = 0.05f;

float deviation(size_t inputs) { return 1 / std::sqrt(static_cast<float>(inputs)); }

// 0, 1, ..., sequence - 1, again for each sequence of the batch.
Tensor<int32_t> make_positions(Context& context, const TransformerShape& shape) {
  const Tensor<int32_t> positions = context.arena.tensor<int32_t>("positions", shape.rows());
  for (size_t i = 0; i < positions.elements; ++i)
    positions.data[i] = static_cast<int32_t>(i % shape.sequence);
  return positions;
}

std::deque<TransformerBlock> make_blocks(Context& context, Parameters& parameters,
                                         const TransformerShape& shape, Flow input) {
  std::deque<TransformerBlock> blocks;
  for (size_t i = 0; i < shape.blocks; ++i) {
    const std::string name = "block" + std::to_string(i + 1);
    input = blocks.emplace_back(context, parameters, name, shape, input).output();
  }
  return blocks;
}

}  // namespace

TransformerBlock::TransformerBlock(Context& context, Parameters& parameters,
                                   const std::string& name, const TransformerShape& shape,
                                   const Flow& input)
    : norm1_(context, parameters, name + ".norm1", {shape.rows(), shape.width}, input),
      query_key_value_(context, parameters, name + ".qkv",
                       {shape.rows(), shape.width, 3 * shape.width}, deviation(shape.width),
                       norm1_.output()),
      attention_(context, name + ".attention",
                 {shape.batch, shape.sequence, shape.heads, shape.width / shape.heads},
                 query_key_value_.output()),
      projection_(context, parameters, name + ".projection",
                  {shape.rows(), shape.width, shape.width},
                  deviation(shape.width * 2 * shape.blocks), attention_.output()),
      attention_sum_(context, name + ".attention_sum", input, projection_.output()),
      norm2_(context, parameters, name + ".norm2", {shape.rows(), shape.width},
             attention_sum_.output()),
      up_(context, parameters, name + ".up", {shape.rows(), shape.width, 4 * shape.width},
          deviation(shape.width), norm2_.output()),
      gelu_(context, name + ".gelu", Nonlinearity::kGelu, up_.output()),
      down_(context, parameters, name + ".down", {shape.rows(), 4 * shape.width, shape.width},
            deviation(4 * shape.width * 2 * shape.blocks), gelu_.output()),
      dropout_(context, name + ".dropout", kDropoutRate, down_.output()),
      mlp_sum_(context, name + ".mlp_sum", attention_sum_.output(), dropout_.output()) {}

void TransformerBlock::forward(Phase phase) {
  norm1_.forward();
  query_key_value_.forward();
  attention_.forward();
  projection_.forward();
  attention_sum_.forward();
  norm2_.forward();
  up_.forward();
  gelu_.forward();
  down_.forward();
  dropout_.forward(phase);
  mlp_sum_.forward();
}

void TransformerBlock::backward() {
  dropout_.backward();
  down_.backward();
  gelu_.backward();
  up_.backward();
  norm2_.backward();
  mlp_sum_.backward();
  projection_.backward();
  attention_.backward();
  query_key_value_.backward();
  norm1_.backward();
  attention_sum_.backward();
}

Transformer::Transformer(Context& context, Parameters& parameters, const TransformerShape& shape,
                         const Tensor<int32_t>& tokens)
    : positions_(make_positions(context, shape)),
      tokens_(context, parameters, "tokens", {shape.rows(), shape.symbols, shape.width}, tokens),
      places_(context, parameters, "places", {shape.rows(), shape.sequence, shape.width},
              positions_),
      sum_(context, "embedding", tokens_.output(), places_.output()),
      blocks_(make_blocks(context, parameters, shape, sum_.output())),
      norm_(context, parameters, "norm", {shape.rows(), shape.width}, blocks_.back().output()),
      head_(context, parameters, "head", {shape.rows(), shape.width, shape.symbols},
            deviation(shape.width), norm_.output()) {
  tokens_.share_gradient(sum_.output().gradient);
}

void Transformer::forward(Phase phase) {
  tokens_.forward();
  places_.forward();
  sum_.forward();
  for (TransformerBlock& block : blocks_) block.forward(phase);
  norm_.forward();
  head_.forward();
}

void Transformer::backward() {
  head_.backward();
  norm_.backward();
  for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) block->backward();
  places_.backward();
  tokens_.backward();
}

}  // namespace detaudit::workload
