#include "auditor/workload/transformer.h"

#include <cmath>

namespace detaudit::workload {
namespace {

constexpr float kDropoutRate = 0.05f;

float deviation(size_t inputs) { return 1 / std::sqrt(static_cast<float>(inputs)); }

std::deque<TransformerBlock> make_blocks(Context& context, Parameters& parameters,
                                         const TransformerShape& shape, const LayerNorm& first) {
  std::deque<TransformerBlock> blocks;
  const LayerNorm* before = &first;
  for (size_t i = 0; i < shape.blocks; ++i) {
    const std::string name = "block" + std::to_string(i + 1);
    before = &blocks.emplace_back(context, parameters, name, shape, *before).last();
  }
  return blocks;
}

}  // namespace

TransformerBlock::TransformerBlock(Context& context, Parameters& parameters,
                                   const std::string& name, const TransformerShape& shape,
                                   const LayerNorm& before)
    : query_key_value_(context, parameters, name + ".qkv",
                       {shape.rows(), shape.width, 3 * shape.width}, deviation(shape.width),
                       Bias::kNone, before.output()),
      attention_(context, name + ".attention",
                 {shape.batch, shape.sequence, shape.heads, shape.width / shape.heads},
                 query_key_value_.output()),
      projection_(context, parameters, name + ".projection",
                  {shape.rows(), shape.width, shape.width},
                  deviation(shape.width * 2 * shape.blocks), Bias::kNone, attention_.output()),
      attention_norm_(context, parameters, name + ".attention_norm", {shape.rows(), shape.width},
                      before.input(), projection_.output()),
      mlp_(context, parameters, name + ".mlp",
           {shape.rows(), shape.width, 4 * shape.width, deviation(shape.width),
            deviation(4 * shape.width * 2 * shape.blocks)},
           attention_norm_.output()),
      dropout_(context, name + ".dropout", kDropoutRate, shape.rows() * shape.width),
      mlp_norm_(context, parameters, name + ".mlp_norm", {shape.rows(), shape.width}, dropout_,
                attention_norm_.input(), mlp_.output()) {}

void TransformerBlock::forward(Phase phase) {
  query_key_value_.forward();
  attention_.forward();
  projection_.forward();
  attention_norm_.forward();
  mlp_.forward();
  mlp_norm_.forward(phase);
}

void TransformerBlock::backward(const Tensor<float>& past) {
  mlp_norm_.backward(past);
  mlp_.backward();
  attention_norm_.backward(mlp_norm_.input().gradient);
  projection_.backward();
  attention_.backward();
  query_key_value_.backward();
}

Transformer::Transformer(Context& context, Parameters& parameters, const TransformerShape& shape,
                         const Tensor<int32_t>& tokens)
    : tokens_(context, parameters, "tokens", {shape.rows(), shape.symbols, shape.width},
              shape.sequence, tokens),
      norm_(context, parameters, "norm", {shape.rows(), shape.width}, tokens_.output()),
      blocks_(make_blocks(context, parameters, shape, norm_)),
      head_(context, parameters, "head", {shape.rows(), shape.width, shape.symbols},
            deviation(shape.width), Bias::kLearned, blocks_.back().last().output()) {}

void Transformer::forward(Phase phase) {
  tokens_.forward();
  norm_.forward();
  for (TransformerBlock& block : blocks_) block.forward(phase);
  head_.forward();
}

void Transformer::backward() {
  head_.backward();
  Tensor<float> past{"past"};
  for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
    block->backward(past);
    past = block->trunk_gradient();
  }
  norm_.backward(past);
  tokens_.backward();
}

}  // namespace detaudit::workload
