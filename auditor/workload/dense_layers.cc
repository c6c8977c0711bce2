#include "auditor/workload/dense_layers.h"

#include <algorithm>
#include <random>

#include "kernels/activation.h"
#include "kernels/column_sum.h"
#include "kernels/cuda/dense.h"
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/rows.h"
#include "kernels/cuda/sums.h"
#include "kernels/dropout.h"
#include "kernels/fill.h"
#include "kernels/math.h"

namespace detaudit::workload {
namespace {

constexpr float kLeastProbability = 1e-30f;

kernels::Philox dropout_stream(const Context& context, const std::string& name) {
  if (context.hazards.has(Hazard::kUnseededDropout)) {
    // detaudit: allow(DET210) the hazard that is planted here
    std::random_device entropy;
    return kernels::philox_stream(uint64_t{entropy()} << 32 | entropy(), 0);
  }
  return context.seeding.philox(name);
}

}  // namespace

Dense::Dense(Context& context, Parameters& parameters, const std::string& name,
             const kernels::DenseShape& shape, float deviation, Bias bias, const Flow& input)
    : context_(context),
      shape_(shape),
      input_(input),
      output_(make_flow(context, name + ".y", shape.rows * shape.outputs)),
      weight_(parameters.normal(name + ".weight", shape.inputs * shape.outputs, deviation)),
      bias_(bias == Bias::kLearned ? &parameters.constant(name + ".bias", shape.outputs, 0)
                                   : nullptr),
      name_(name),
      workspace_(context.arena.allocate(
          kernels::column_sum_workspace_bytes({shape.rows, shape.outputs}))) {}

void Dense::forward() {
  const Tensor<float> bias = bias_ ? bias_->weight : Tensor<float>{"bias"};
  context_.executor.run({"dense_forward", name_.c_str()}, {input_.value, weight_.weight, bias},
                        {output_.value}, [&](auto& on) {
                          dense_forward(on, shape_, input_.value.data, weight_.weight.data,
                                        bias.data, output_.value.data);
                        });
}

void Dense::backward() {
  if (bias_) backward_bias();
  backward_weight();
  backward_data();
}

void Dense::backward_bias() {
  context_.executor.run({"column_sum", name_.c_str()}, {output_.gradient}, {bias_->gradient},
                        [&](auto& on) {
                          column_sum(on, context_.variant, {shape_.rows, shape_.outputs},
                                     output_.gradient.data, bias_->gradient.data, workspace_);
                        });
}

void Dense::backward_weight() {
  context_.executor.run({"dense_backward_weight", name_.c_str()}, {input_.value, output_.gradient},
                        {weight_.gradient}, [&](auto& on) {
                          dense_backward_weight(on, context_.variant, shape_, input_.value.data,
                                                output_.gradient.data, weight_.gradient.data);
                        });
}

void Dense::backward_data() {
  context_.executor.run({"dense_backward_data", name_.c_str()}, {output_.gradient, weight_.weight},
                        {input_.gradient}, [&](auto& on) {
                          dense_backward_data(on, shape_, output_.gradient.data,
                                              weight_.weight.data, input_.gradient.data);
                        });
}

Relu::Relu(Context& context, const std::string& name, const Flow& input)
    : context_(context),
      input_(input),
      output_(make_flow(context, name + ".y", input.value.elements)),
      name_(name) {}

void Relu::forward() {
  const Tensor<float>&x = input_.value, &y = output_.value;
  context_.executor.run({"relu_forward", name_.c_str()}, {x}, {y},
                        [&](auto& on) { relu_forward(on, x.elements, x.data, y.data); });
}

void Relu::backward() {
  const Tensor<float>&y = output_.value, &dy = output_.gradient, &dx = input_.gradient;
  context_.executor.run({"relu_backward", name_.c_str()}, {y, dy}, {dx}, [&](auto& on) {
    relu_backward(on, dx.elements, y.data, dy.data, dx.data);
  });
}

DropoutMask::DropoutMask(Context& context, std::string name, float rate, size_t elements)
    : name_(std::move(name)),
      rate_(rate),
      kept_(context.arena.tensor<uint8_t>(name_ + ".mask", elements)),
      stream_(dropout_stream(context, name_)) {
  detaudit_rng_stream(name_.c_str(), &stream_, sizeof stream_);
}

Dropout::Dropout(Context& context, const std::string& name, float rate, const Flow& input)
    : context_(context),
      input_(input),
      output_(make_flow(context, name + ".y", input.value.elements)),
      mask_(context, name, rate, input.value.elements),
      name_(name) {}

void Dropout::forward(Phase phase) {
  const Tensor<float>&x = input_.value, &y = output_.value;
  if (phase == Phase::kInference) {
    context_.executor.run({"copy", name_.c_str()}, {x}, {y},
                          [&](auto& on) { copy(on, x.elements, x.data, y.data); });
    return;
  }
  context_.executor.run({"dropout_forward", name_.c_str()}, {x, mask_.state()},
                        {y, mask_.kept(), mask_.state()}, [&](auto& on) {
                          dropout_forward(on, mask_.stream(), mask_.rate(), x.elements, x.data,
                                          y.data, mask_.kept().data);
                        });
}

void Dropout::backward() {
  const Tensor<float>&dy = output_.gradient, &dx = input_.gradient;
  const Tensor<uint8_t>& kept = mask_.kept();
  context_.executor.run({"dropout_backward", name_.c_str()}, {kept, dy}, {dx}, [&](auto& on) {
    dropout_backward(on, mask_.rate(), dx.elements, kept.data, dy.data, dx.data);
  });
}

CrossEntropy::CrossEntropy(Context& context, const kernels::SoftmaxShape& shape, const Flow& scores)
    : context_(context),
      shape_(shape),
      scores_(scores),
      probabilities_(
          context.arena.staged_tensor<float>("probabilities", shape.rows * shape.classes)),
      loss_(context.arena.staged_tensor<float>("loss", 1)),
      score_(context.arena.host_tensor<double>("score", 2)),
      workspace_(context.arena.allocate(kernels::softmax_workspace_bytes(shape))) {}

float CrossEntropy::forward(const Tensor<int32_t>& labels) {
  context_.executor.run({"softmax_cross_entropy_forward"}, {scores_.value, labels},
                        {probabilities_, loss_}, [&](auto& on) {
                          softmax_cross_entropy_forward(
                              on, context_.variant, shape_, scores_.value.data, labels.data,
                              probabilities_.data, loss_.data, workspace_);
                          download(on, loss_);
                        });
  return *loss_.host;
}

void CrossEntropy::backward(const Tensor<int32_t>& labels) {
  context_.executor.run({"softmax_cross_entropy_backward"}, {probabilities_, labels},
                        {scores_.gradient}, [&](auto& on) {
                          softmax_cross_entropy_backward(on, shape_, probabilities_.data,
                                                         labels.data, scores_.gradient.data);
                        });
}

CrossEntropy::Score CrossEntropy::score(const Tensor<int32_t>& labels, size_t rows) {
  context_.executor.run({"score"}, {probabilities_, labels}, {score_}, [&](auto& on) {
    download(on, probabilities_);
    Score score;
    for (size_t row = 0; row < rows; ++row) {
      const float* first = probabilities_.host + row * shape_.classes;
      const int32_t label = labels.host[row];
      score.loss -= static_cast<double>(kernels::log(std::max(first[label], kLeastProbability)));
      score.correct += std::max_element(first, first + shape_.classes) - first == label;
    }
    score_.data[0] = score.loss;
    score_.data[1] = score.correct;
  });
  return {score_.data[0], score_.data[1]};
}

}  // namespace detaudit::workload
