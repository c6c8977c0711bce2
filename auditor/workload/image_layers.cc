#include "auditor/workload/image_layers.h"

#include <algorithm>
#include <cmath>

#include "kernels/channel_sum.h"
#include "kernels/cuda/batch_norm.h"
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/images.h"
#include "kernels/cuda/sums.h"
#include "kernels/fill.h"

namespace detaudit::workload {
namespace {

kernels::ChannelShape outputs_by_channel(const kernels::Conv2dShape& shape) {
  return {shape.batch, shape.out_channels, shape.out_plane()};
}

size_t conv2d_workspace(const kernels::Conv2dShape& shape, unsigned threads) {
  return std::max({kernels::conv2d_forward_workspace(shape, threads),
                   kernels::conv2d_backward_data_workspace(shape, threads),
                   kernels::conv2d_backward_weight_workspace(shape, threads),
                   kernels::channel_sum_workspace(outputs_by_channel(shape))});
}

}  // namespace

Conv2d::Conv2d(Context& context, Parameters& parameters, const std::string& name,
               const kernels::Conv2dShape& shape, Bias bias, const Flow& input)
    : context_(context),
      shape_(shape),
      input_(input),
      output_(make_flow(context, name + ".y", shape.y_elements())),
      weight_(parameters.normal(name + ".weight", shape.weight_elements(),
                                std::sqrt(2.0f / static_cast<float>(shape.patch())))),
      bias_(bias == Bias::kLearned ? &parameters.constant(name + ".bias", shape.out_channels, 0)
                                   : nullptr),
      name_(name),
      workspace_(make_workspace(context, conv2d_workspace(shape, context.executor.threads()))) {}

void Conv2d::forward() {
  const Tensor<float> bias = bias_ ? bias_->weight : Tensor<float>{"bias"};
  context_.executor.run({"conv2d_forward", name_.c_str()}, {input_.value, weight_.weight, bias},
                        {output_.value}, [&](auto& on) {
                          conv2d_forward(on, shape_, input_.value.data, weight_.weight.data,
                                         bias.data, output_.value.data, workspace_);
                        });
}

void Conv2d::backward() {
  const Tensor<float>& dy = output_.gradient;
  if (bias_)
    context_.executor.run({"channel_sum", name_.c_str()}, {dy}, {bias_->gradient}, [&](auto& on) {
      channel_sum(on, context_.variant, outputs_by_channel(shape_), dy.data, bias_->gradient.data,
                  workspace_);
    });
  context_.executor.run({"conv2d_backward_weight", name_.c_str()}, {input_.value, dy},
                        {weight_.gradient}, [&](auto& on) {
                          conv2d_backward_weight(on, context_.variant, shape_, input_.value.data,
                                                 dy.data, weight_.gradient.data, workspace_);
                        });
  if (!input_.gradient.data) return;
  context_.executor.run({"conv2d_backward_data", name_.c_str()}, {weight_.weight, dy},
                        {input_.gradient}, [&](auto& on) {
                          conv2d_backward_data(on, context_.variant, shape_, weight_.weight.data,
                                               dy.data, input_.gradient.data, workspace_);
                        });
}

MaxPool::MaxPool(Context& context, const std::string& name, size_t planes, size_t height,
                 size_t width, const Flow& input)
    : context_(context), input_(input), name_(name) {
  shape_.planes = planes;
  shape_.in_height = height;
  shape_.in_width = width;
  const size_t elements = planes * shape_.out_plane();
  output_ = make_flow(context, name + ".y", elements);
  argmax_ = context.arena.tensor<int32_t>(name + ".argmax", elements);
}

void MaxPool::forward() {
  context_.executor.run({"max_pool2d_forward", name_.c_str()}, {input_.value},
                        {output_.value, argmax_}, [&](auto& on) {
                          max_pool2d_forward(on, shape_, input_.value.data, output_.value.data,
                                             argmax_.data);
                        });
}

void MaxPool::backward() {
  context_.executor.run({"max_pool2d_backward", name_.c_str()}, {output_.gradient, argmax_},
                        {input_.gradient}, [&](auto& on) {
                          max_pool2d_backward(on, context_.variant, shape_, output_.gradient.data,
                                              argmax_.data, input_.gradient.data);
                        });
}

BatchNorm::BatchNorm(Context& context, Parameters& parameters, const std::string& name,
                     const kernels::ChannelShape& shape, kernels::Epilogue epilogue,
                     const Flow& input)
    : context_(context),
      shape_{.tensor = shape, .epilogue = epilogue},
      input_(input),
      output_(make_flow(context, name + ".y", shape.elements())),
      gamma_(parameters.constant(name + ".gamma", shape.channels, 1)),
      beta_(parameters.constant(name + ".beta", shape.channels, 0)),
      mean_(context.arena.tensor<float>(name + ".mean", shape.channels)),
      rstd_(context.arena.tensor<float>(name + ".rstd", shape.channels)),
      running_mean_(context.arena.tensor<float>(name + ".running_mean", shape.channels)),
      running_variance_(context.arena.tensor<float>(name + ".running_variance", shape.channels)),
      name_(name),
      workspace_(make_workspace(context, kernels::batch_norm_workspace(shape_))) {
  context.executor.run(
      {"init_constant", running_variance_.name}, {}, {running_variance_},
      [&](auto& on) { fill(on, running_variance_.elements, 1.0f, running_variance_.data); });
}

void BatchNorm::forward(Statistics statistics) {
  const kernels::BatchNormParameters learned{gamma_.weight.data, beta_.weight.data};
  if (statistics == Statistics::kRunning) {
    context_.executor.run(
        {"batch_norm_forward_infer", name_.c_str()},
        {input_.value, gamma_.weight, beta_.weight, running_mean_, running_variance_},
        {output_.value}, [&](auto& on) {
          batch_norm_forward_infer(on, shape_, input_.value.data, learned, running_mean_.data,
                                   running_variance_.data, output_.value.data);
        });
    return;
  }
  context_.executor.run(
      {"batch_norm_forward_train", name_.c_str()},
      {input_.value, gamma_.weight, beta_.weight, running_mean_, running_variance_},
      {output_.value, mean_, rstd_, running_mean_, running_variance_}, [&](auto& on) {
        batch_norm_forward_train(on, context_.variant, shape_, input_.value.data, learned,
                                 output_.value.data, mean_.data, rstd_.data, running_mean_.data,
                                 running_variance_.data, workspace_);
      });
}

void BatchNorm::backward() {
  const kernels::BatchNormParameters learned{gamma_.weight.data, beta_.weight.data};
  context_.executor.run(
      {"batch_norm_backward", name_.c_str()},
      {input_.value, output_.gradient, gamma_.weight, beta_.weight, mean_, rstd_},
      {input_.gradient, gamma_.gradient, beta_.gradient}, [&](auto& on) {
        batch_norm_backward(on, context_.variant, shape_, input_.value.data, output_.gradient.data,
                            learned, mean_.data, rstd_.data, input_.gradient.data,
                            gamma_.gradient.data, beta_.gradient.data, workspace_);
      });
}

Resize::Resize(Context& context, const std::string& name, const kernels::ResizeShape& shape,
               const Flow& input)
    : context_(context),
      shape_(shape),
      input_(input),
      output_(make_flow(context, name + ".y", shape.planes * shape.out_height * shape.out_width)),
      name_(name),
      workspace_(make_workspace(
          context, kernels::bilinear_resize_workspace(shape, context.executor.threads()))) {}

void Resize::forward() {
  context_.executor.run(
      {"bilinear_resize_forward", name_.c_str()}, {input_.value}, {output_.value}, [&](auto& on) {
        bilinear_resize_forward(on, shape_, input_.value.data, output_.value.data, workspace_);
      });
}

void Resize::backward() {
  context_.executor.run({"bilinear_resize_backward", name_.c_str()}, {output_.gradient},
                        {input_.gradient}, [&](auto& on) {
                          bilinear_resize_backward(on, context_.variant, shape_,
                                                   output_.gradient.data, input_.gradient.data,
                                                   workspace_);
                        });
}

}  // namespace detaudit::workload
