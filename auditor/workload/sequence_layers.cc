#include "auditor/workload/sequence_layers.h"

#include "kernels/activation.h"
#include "kernels/cuda/attention.h"
#include "kernels/cuda/dense.h"
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/rows.h"
#include "kernels/cuda/scatter_add.h"
#include "kernels/layer_norm.h"
#include "kernels/math.h"

namespace detaudit::workload {
namespace {

constexpr float kTableDeviation = 0.5f;
constexpr float kLogLongestWave = 9.21034037f;  // log(10000)

// Sine and cosine of 0, 1, 2, ... times an angle of at most 1, by turning a vector: no libm call,
// so the bits are the same everywhere.
class Turn {
 public:
  explicit Turn(float angle) {
    double term = 1;
    for (int n = 1; n < 20; ++n) {
      term *= static_cast<double>(angle) / n;
      (n % 2 ? step_sine_ : step_cosine_) += n % 4 < 2 ? term : -term;
    }
  }
  void next() {
    const double sine = sine_ * step_cosine_ + cosine_ * step_sine_;
    cosine_ = cosine_ * step_cosine_ - sine_ * step_sine_;
    sine_ = sine;
  }
  float sine() const { return static_cast<float>(sine_); }
  float cosine() const { return static_cast<float>(cosine_); }

 private:
  double step_sine_ = 0, step_cosine_ = 1, sine_ = 0, cosine_ = 1;
};

Tensor<float> sinusoids(Context& context, const std::string& name, size_t sequence, size_t width) {
  const Tensor<float> table = context.arena.staged_tensor<float>(name, sequence * width);
  for (size_t feature = 0; feature < width; ++feature) {
    const float power = static_cast<float>(feature / 2 * 2) / static_cast<float>(width);
    Turn turn(kernels::exp(-kLogLongestWave * power));
    for (size_t place = 0; place < sequence; ++place, turn.next())
      table.host[place * width + feature] = feature % 2 ? turn.cosine() : turn.sine();
  }
  upload(context.executor, table);
  return table;
}

size_t output_elements(const kernels::AttentionShape& shape) {
  return shape.batch * shape.sequence * shape.heads * shape.dim;
}

}  // namespace

Embedding::Embedding(Context& context, Parameters& parameters, const std::string& name,
                     const kernels::ScatterShape& shape, size_t sequence,
                     const Tensor<int32_t>& indices)
    : context_(context),
      shape_(shape),
      indices_(indices),
      table_(parameters.normal(name + ".table", shape.destinations * shape.cols, kTableDeviation)),
      positions_(sinusoids(context, name + ".positions", sequence, shape.cols)),
      sequence_(sequence),
      output_(make_flow(context, name + ".y", shape.sources * shape.cols)),
      name_(name),
      workspace_(context.arena.allocate(kernels::scatter_add_workspace_bytes(shape))) {}

void Embedding::forward() {
  const Tensor<float>&table = table_.weight, &y = output_.value;
  context_.executor.run({"embedding_forward", name_.c_str()}, {indices_, table, positions_}, {y},
                        [&](auto& on) {
                          embedding_forward(on, shape_, indices_.data, table.data,
                                            {positions_.data, sequence_}, y.data);
                        });
}

void Embedding::backward() {
  context_.executor.run({"embedding_backward", name_.c_str()}, {indices_, output_.gradient},
                        {table_.gradient}, [&](auto& on) {
                          embedding_backward(on, context_.variant, shape_, indices_.data,
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
  const Tensor<float>&x = input_.value, &gamma = gamma_.weight, &beta = beta_.weight;
  const Tensor<float>& y = output_.value;
  context_.executor.run({"layer_norm_forward", name_.c_str()}, {x, gamma, beta}, {y, mean_, rstd_},
                        [&](auto& on) {
                          layer_norm_forward(on, shape_, x.data, gamma.data, beta.data, y.data,
                                             mean_.data, rstd_.data);
                        });
}

void LayerNorm::backward(const Tensor<float>& past) {
  const Tensor<float>&x = input_.value, &gamma = gamma_.weight, &dy = output_.gradient;
  const Tensor<float>&dx = input_.gradient, &dgamma = gamma_.gradient, &dbeta = beta_.gradient;
  context_.executor.run({"layer_norm_backward", name_.c_str()}, {x, dy, gamma, mean_, rstd_, past},
                        {dx, dgamma, dbeta}, [&](auto& on) {
                          layer_norm_backward(on, context_.variant, shape_,
                                              {x.data, gamma.data, mean_.data, rstd_.data},
                                              {dy.data, past.data},
                                              {dx.data, dgamma.data, dbeta.data}, workspace_);
                        });
}

AddLayerNorm::AddLayerNorm(Context& context, Parameters& parameters, const std::string& name,
                           const kernels::MatrixShape& shape, const Flow& trunk, const Flow& branch)
    : AddLayerNorm(context, parameters, name, shape, trunk, branch, branch.gradient) {}

AddLayerNorm::AddLayerNorm(Context& context, Parameters& parameters, const std::string& name,
                           const kernels::MatrixShape& shape, const Flow& trunk, const Flow& branch,
                           const Tensor<float>& sum_gradient)
    : LayerNorm(
          context, parameters, name, shape,
          {context.arena.tensor<float>(name + ".sum", shape.rows * shape.cols), sum_gradient}),
      trunk_(trunk),
      branch_(branch) {}

void AddLayerNorm::forward() {
  const Tensor<float>&gamma = gamma_.weight, &beta = beta_.weight, &y = output_.value;
  context_.executor.run({"add_layer_norm_forward", name_.c_str()},
                        {trunk_.value, branch_.value, gamma, beta}, {input_.value, y, mean_, rstd_},
                        [&](auto& on) {
                          add_layer_norm_forward(on, shape_, residual(), gamma.data, beta.data,
                                                 y.data, mean_.data, rstd_.data);
                        });
}

DropoutAddLayerNorm::DropoutAddLayerNorm(Context& context, Parameters& parameters,
                                         const std::string& name, const kernels::MatrixShape& shape,
                                         DropoutMask& mask, const Flow& trunk, const Flow& branch)
    : AddLayerNorm(context, parameters, name, shape, trunk, branch,
                   context.arena.tensor<float>(name + ".sum.gradient", shape.rows * shape.cols)),
      mask_(mask) {}

void DropoutAddLayerNorm::forward(Phase phase) {
  if (phase == Phase::kInference) return AddLayerNorm::forward();
  const Tensor<float>&gamma = gamma_.weight, &beta = beta_.weight, &y = output_.value;
  context_.executor.run({"dropout_add_layer_norm_forward", name_.c_str()},
                        {trunk_.value, branch_.value, gamma, beta, mask_.state()},
                        {input_.value, y, mean_, rstd_, mask_.kept(), mask_.state()},
                        [&](auto& on) {
                          dropout_add_layer_norm_forward(
                              on, shape_, {&mask_.stream(), mask_.rate(), mask_.kept().data},
                              residual(), gamma.data, beta.data, y.data, mean_.data, rstd_.data);
                        });
}

void DropoutAddLayerNorm::backward(const Tensor<float>& past) {
  const Tensor<float>&x = input_.value, &gamma = gamma_.weight, &dy = output_.gradient;
  const Tensor<float>&dx = input_.gradient, &dgamma = gamma_.gradient, &dbeta = beta_.gradient;
  const Tensor<float>& dbranch = branch_.gradient;
  const Tensor<uint8_t>& kept = mask_.kept();
  context_.executor.run(
      {"layer_norm_backward", name_.c_str()}, {x, dy, gamma, mean_, rstd_, past, kept},
      {dx, dgamma, dbeta, dbranch}, [&](auto& on) {
        layer_norm_backward(on, context_.variant, shape_,
                            {x.data, gamma.data, mean_.data, rstd_.data, kept.data, mask_.rate()},
                            {dy.data, past.data}, {dx.data, dgamma.data, dbeta.data, dbranch.data},
                            workspace_);
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
                        {output_.value, log_sum_}, [&](auto& on) {
                          attention_forward(on, shape_, input_.value.data, output_.value.data,
                                            log_sum_.data);
                        });
}

void Attention::backward() {
  context_.executor.run(
      {"attention_backward", name_.c_str()},
      {input_.value, output_.value, log_sum_, output_.gradient}, {input_.gradient}, [&](auto& on) {
        attention_backward(on, context_.variant, shape_,
                           {input_.value.data, output_.value.data, log_sum_.data},
                           output_.gradient.data, input_.gradient.data, workspace_);
      });
}

Mlp::Mlp(Context& context, Parameters& parameters, const std::string& name, const Shape& shape,
         const Flow& input)
    : context_(context),
      up_shape_{shape.rows, shape.width, shape.hidden},
      down_shape_{shape.rows, shape.hidden, shape.width},
      input_(input),
      output_(make_flow(context, name + ".y", shape.rows * shape.width)),
      up_(parameters.normal(name + ".up.weight", shape.width * shape.hidden, shape.deviation_up)),
      down_(parameters.normal(name + ".down.weight", shape.hidden * shape.width,
                              shape.deviation_down)),
      product_(context.arena.tensor<float>(name + ".up.y", shape.rows * shape.hidden)),
      active_(context.arena.tensor<float>(name + ".gelu.y", product_.elements)),
      dproduct_(context.arena.tensor<float>(name + ".up.y.gradient", product_.elements)),
      name_(name) {}

void Mlp::forward() {
  const Tensor<float>&x = input_.value, &up = up_.weight, &down = down_.weight, &y = output_.value;
  context_.executor.run({"mlp_forward", name_.c_str()}, {x, up, down}, {product_, y},
                        [&](auto& on) {
                          dense_forward(on, up_shape_, x.data, up.data, nullptr, product_.data);
                          gelu_forward(on, product_.elements, product_.data, active_.data);
                          dense_forward(on, down_shape_, active_.data, down.data, nullptr, y.data);
                        });
}

void Mlp::backward() {
  const Tensor<float>&x = input_.value, &up = up_.weight, &down = down_.weight;
  const Tensor<float>&dx = input_.gradient, &dup = up_.gradient, &ddown = down_.gradient;
  const Tensor<float>& dy = output_.gradient;
  context_.executor.run(
      {"mlp_backward", name_.c_str()}, {x, product_, dy, up, down}, {dx, dup, ddown},
      [&](auto& on) {
        dense_backward_data(on, down_shape_, dy.data, down.data, dproduct_.data);
        gelu_backward(on, product_.elements, product_.data, dproduct_.data, dproduct_.data,
                      active_.data);
        dense_backward_weight(on, context_.variant, down_shape_, active_.data, dy.data, ddown.data);
        dense_backward_weight(on, context_.variant, up_shape_, x.data, dproduct_.data, dup.data);
        dense_backward_data(on, up_shape_, dproduct_.data, up.data, dx.data);
      });
}

}  // namespace detaudit::workload
