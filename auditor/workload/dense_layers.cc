#include "auditor/workload/dense_layers.h"

#include <algorithm>
#include <random>

#include "kernels/activation.h"
#include "kernels/column_sum.h"
#include "kernels/dropout.h"
#include "kernels/math.h"

namespace detaudit::workload {
namespace {

constexpr float kLeastProbability = 1e-30f;

kernels::Philox dropout_stream(const Context& context, const std::string& name) {
  if (context.hazards.has(Hazard::kUnseededDropout)) {
    std::random_device entropy;
    return kernels::philox_stream(uint64_t{entropy()} << 32 | entropy(), 0);
  }
  return context.seeding.philox(name);
}

}  // namespace

Dense::Dense(Context& context, Parameters& parameters, const std::string& name,
             const kernels::DenseShape& shape, float deviation, const Flow& input)
    : context_(context),
      shape_(shape),
      input_(input),
      output_(make_flow(context, name + ".y", shape.rows * shape.outputs)),
      weight_(parameters.normal(name + ".weight", shape.inputs * shape.outputs, deviation)),
      bias_(parameters.constant(name + ".bias", shape.outputs, 0)),
      name_(name),
      workspace_(context.arena.allocate(
          kernels::column_sum_workspace_bytes({shape.rows, shape.outputs}))) {}

void Dense::forward() {
  context_.executor.run(
      {"dense_forward", name_.c_str()}, {input_.value, weight_.weight, bias_.weight},
      {output_.value}, [&](kernels::Pool& pool) {
        kernels::dense_forward(pool, shape_, input_.value.data, weight_.weight.data,
                               bias_.weight.data, output_.value.data);
      });
}

void Dense::backward() {
  backward_bias();
  context_.executor.run({"dense_backward_weight", name_.c_str()}, {input_.value, output_.gradient},
                        {weight_.gradient}, [&](kernels::Pool& pool) {
                          kernels::dense_backward_weight(pool, context_.variant, shape_,
                                                         input_.value.data, output_.gradient.data,
                                                         weight_.gradient.data);
                        });
  backward_data();
}

void Dense::backward_bias() {
  context_.executor.run({"column_sum", name_.c_str()}, {output_.gradient}, {bias_.gradient},
                        [&](kernels::Pool& pool) {
                          kernels::column_sum(pool, context_.variant, {shape_.rows, shape_.outputs},
                                              output_.gradient.data, bias_.gradient.data,
                                              workspace_);
                        });
}

void Dense::backward_data() {
  context_.executor.run({"dense_backward_data", name_.c_str()}, {output_.gradient, weight_.weight},
                        {input_.gradient}, [&](kernels::Pool& pool) {
                          kernels::dense_backward_data(pool, shape_, output_.gradient.data,
                                                       weight_.weight.data, input_.gradient.data);
                        });
}

Activation::Activation(Context& context, const std::string& name, Nonlinearity kind,
                       const Flow& input)
    : context_(context),
      kind_(kind),
      input_(input),
      output_(make_flow(context, name + ".y", input.value.elements)),
      name_(name) {}

void Activation::forward() {
  const Tensor<float>&x = input_.value, &y = output_.value;
  if (kind_ == Nonlinearity::kRelu)
    context_.executor.run({"relu_forward", name_.c_str()}, {x}, {y}, [&](kernels::Pool& pool) {
      kernels::relu_forward(pool, x.elements, x.data, y.data);
    });
  else
    context_.executor.run({"gelu_forward", name_.c_str()}, {x}, {y}, [&](kernels::Pool& pool) {
      kernels::gelu_forward(pool, x.elements, x.data, y.data);
    });
}

void Activation::backward() {
  const Tensor<float>&dy = output_.gradient, &dx = input_.gradient;
  if (kind_ == Nonlinearity::kRelu)
    context_.executor.run(
        {"relu_backward", name_.c_str()}, {output_.value, dy}, {dx}, [&](kernels::Pool& pool) {
          kernels::relu_backward(pool, dx.elements, output_.value.data, dy.data, dx.data);
        });
  else
    context_.executor.run(
        {"gelu_backward", name_.c_str()}, {input_.value, dy}, {dx}, [&](kernels::Pool& pool) {
          kernels::gelu_backward(pool, dx.elements, input_.value.data, dy.data, dx.data);
        });
}

Dropout::Dropout(Context& context, const std::string& name, float rate, const Flow& input)
    : context_(context),
      rate_(rate),
      input_(input),
      output_(make_flow(context, name + ".y", input.value.elements)),
      mask_(context.arena.tensor<uint8_t>(name + ".mask", input.value.elements)),
      stream_(dropout_stream(context, name)),
      name_(name) {
  detaudit_rng_stream(name_.c_str(), &stream_, sizeof stream_);
}

void Dropout::forward(Phase phase) {
  const Tensor<float>&x = input_.value, &y = output_.value;
  if (phase == Phase::kInference) {
    context_.executor.run({"copy", name_.c_str()}, {x}, {y},
                          [&](kernels::Pool&) { std::copy_n(x.data, x.elements, y.data); });
    return;
  }
  const detaudit_buffer state{"stream", &stream_, sizeof stream_, DETAUDIT_U8};
  context_.executor.run(
      {"dropout_forward", name_.c_str()}, {x, state}, {y, mask_, state}, [&](kernels::Pool& pool) {
        kernels::dropout_forward(pool, stream_, rate_, x.elements, x.data, y.data, mask_.data);
      });
}

void Dropout::backward() {
  const Tensor<float>&dy = output_.gradient, &dx = input_.gradient;
  context_.executor.run(
      {"dropout_backward", name_.c_str()}, {mask_, dy}, {dx}, [&](kernels::Pool& pool) {
        kernels::dropout_backward(pool, rate_, dx.elements, mask_.data, dy.data, dx.data);
      });
}

CrossEntropy::CrossEntropy(Context& context, const kernels::SoftmaxShape& shape, const Flow& scores)
    : context_(context),
      shape_(shape),
      scores_(scores),
      probabilities_(context.arena.tensor<float>("probabilities", shape.rows * shape.classes)),
      loss_(context.arena.tensor<float>("loss", 1)),
      score_(context.arena.tensor<double>("score", 2)),
      workspace_(context.arena.allocate(kernels::softmax_workspace_bytes(shape))) {}

float CrossEntropy::forward(const Tensor<int32_t>& labels) {
  context_.executor.run({"softmax_cross_entropy_forward"}, {scores_.value, labels},
                        {probabilities_, loss_}, [&](kernels::Pool& pool) {
                          kernels::softmax_cross_entropy_forward(
                              pool, context_.variant, shape_, scores_.value.data, labels.data,
                              probabilities_.data, loss_.data, workspace_);
                        });
  return *loss_.data;
}

void CrossEntropy::backward(const Tensor<int32_t>& labels) {
  context_.executor.run({"softmax_cross_entropy_backward"}, {probabilities_, labels},
                        {scores_.gradient}, [&](kernels::Pool& pool) {
                          kernels::softmax_cross_entropy_backward(pool, shape_, probabilities_.data,
                                                                  labels.data,
                                                                  scores_.gradient.data);
                        });
}

CrossEntropy::Score CrossEntropy::score(const Tensor<int32_t>& labels, size_t rows) {
  context_.executor.run({"score"}, {probabilities_, labels}, {score_}, [&](kernels::Pool&) {
    Score score;
    for (size_t row = 0; row < rows; ++row) {
      const float* first = probabilities_.data + row * shape_.classes;
      const int32_t label = labels.data[row];
      score.loss -= static_cast<double>(kernels::log(std::max(first[label], kLeastProbability)));
      score.correct += std::max_element(first, first + shape_.classes) - first == label;
    }
    score_.data[0] = score.loss;
    score_.data[1] = score.correct;
  });
  return {score_.data[0], score_.data[1]};
}

}  // namespace detaudit::workload
