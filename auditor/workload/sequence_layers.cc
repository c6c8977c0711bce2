#include "auditor/workload/sequence_layers.h"

#include "kernels/activation.h"
#include "kernels/layer_norm.h"

namespace detaudit::workload {
namespace {

constexpr float kTableDeviation = 0.1f;

size_t output_elements(const kernels::AttentionShape& shape) {
  return shape.batch * shape.sequence * shape.heads * shape.dim;
}

}  // namespace

Embedding::Embedding(Context& context, Parameters& parameters, const std::string& name,
                     const kernels::ScatterShape& shape, const Tensor<int32_t>& indices)
    : context_(context),
      shape_(shape),
      indices_(indices),
      table_(parameters.normal(name + ".table", shape.destinations * shape.cols, kTableDeviation)),
      output_(make_flow(context, name + ".y", shape.sources * shape.cols)),
      name_(name),
      workspace_(context.arena.allocate(kernels::scatter_add_workspace_bytes(shape))) {}

void Embedding::forward() {
  context_.executor.run({"embedding_forward", name_.c_str()}, {indices_, table_.weight},
                        {output_.value}, [&](kernels::Pool& pool) {
                          kernels::embedding_forward(pool, shape_, indices_.data,
                                                     table_.weight.data, output_.value.data);
                        });
}

void Embedding::backward() {
  context_.executor.run({"embedding_backward", name_.c_str()}, {indices_, output_.gradient},
                        {table_.gradient}, [&](kernels::Pool& pool) {
                          kernels::embedding_backward(pool, context_.variant, shape_, indices_.data,
                                                      output_.gradient.data, table_.gradient.data,
                                                      workspace_);
                        });
}

LayerNorm::LayerNorm(Context& context, Parameters& parameters, const std::string& name,
                     const kernels::MatrixShape& shape, const Flow& input)
    : context_(context),
      shape_(shape),
      input_(input),
      output_(make_flow(context, name + ".y", shape.rows * shape.cols)),
      gamma_(parameters.constant(name + ".gamma", shape.cols, 1)),
      beta_(parameters.constant(name + ".beta", shape.cols, 0)),
      mean_(context.arena.tensor<float>(name + ".mean", shape.rows)),
      rstd_(context.arena.tensor<float>(name + ".rstd", shape.rows)),
      name_(name),
      workspace_(context.arena.allocate(kernels::layer_norm_workspace_bytes(shape))) {}

void LayerNorm::forward() {
  context_.executor.run(
      {"layer_norm_forward", name_.c_str()}, {input_.value, gamma_.weight, beta_.weight},
      {output_.value, mean_, rstd_}, [&](kernels::Pool& pool) {
        kernels::layer_norm_forward(pool, shape_, input_.value.data, gamma_.weight.data,
                                    beta_.weight.data, output_.value.data, mean_.data, rstd_.data);
      });
}

void LayerNorm::backward() {
  context_.executor.run(
      {"layer_norm_backward", name_.c_str()},
      {input_.value, output_.gradient, gamma_.weight, mean_, rstd_},
      {input_.gradient, gamma_.gradient, beta_.gradient}, [&](kernels::Pool& pool) {
        kernels::layer_norm_backward(
            pool, context_.variant, shape_,
            {input_.value.data, gamma_.weight.data, mean_.data, rstd_.data}, output_.gradient.data,
            {input_.gradient.data, gamma_.gradient.data, beta_.gradient.data}, workspace_);
      });
}

Attention::Attention(Context& context, const std::string& name,
                     const kernels::AttentionShape& shape, const Flow& input)
    : context_(context),
      shape_(shape),
      input_(input),
      output_(make_flow(context, name + ".y", output_elements(shape))),
      log_sum_(context.arena.tensor<float>(name + ".log_sum",
                                           shape.batch * shape.heads * shape.sequence)),
      name_(name),
      workspace_(context.arena.allocate(kernels::attention_workspace_bytes(shape))) {}

void Attention::forward() {
  context_.executor.run({"attention_forward", name_.c_str()}, {input_.value},
                        {output_.value, log_sum_}, [&](kernels::Pool& pool) {
                          kernels::attention_forward(pool, shape_, input_.value.data,
                                                     output_.value.data, log_sum_.data);
                        });
}

void Attention::backward() {
  context_.executor.run({"attention_backward", name_.c_str()},
                        {input_.value, output_.value, log_sum_, output_.gradient},
                        {input_.gradient}, [&](kernels::Pool& pool) {
                          kernels::attention_backward(
                              pool, context_.variant, shape_,
                              {input_.value.data, output_.value.data, log_sum_.data},
                              output_.gradient.data, input_.gradient.data, workspace_);
                        });
}

Residual::Residual(Context& context, const std::string& name, const Flow& trunk, const Flow& branch)
    : context_(context),
      trunk_(trunk),
      branch_(branch),
      output_{context.arena.tensor<float>(name + ".y", trunk.value.elements), branch.gradient},
      name_(name) {}

void Residual::forward() {
  context_.executor.run({"add", name_.c_str()}, {trunk_.value, branch_.value}, {output_.value},
                        [&](kernels::Pool& pool) {
                          kernels::add(pool, output_.value.elements, trunk_.value.data,
                                       branch_.value.data, output_.value.data);
                        });
}

void Residual::backward() {
  const Tensor<float>& trunk = trunk_.gradient;
  context_.executor.run(
      {"add", name_.c_str()}, {trunk, output_.gradient}, {trunk}, [&](kernels::Pool& pool) {
        kernels::add(pool, trunk.elements, trunk.data, output_.gradient.data, trunk.data);
      });
}

}  // namespace detaudit::workload
