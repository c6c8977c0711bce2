#include "auditor/workload/gradient_norm.h"

#include <algorithm>
#include <unordered_map>

#include "kernels/cuda/sums.h"
#include "kernels/optimizer.h"
#include "kernels/sum.h"

namespace detaudit::workload {
namespace {

size_t largest_workspace(Parameters& parameters) {
  size_t bytes = 0;
  for (const Parameter& parameter : parameters)
    bytes = std::max(bytes, kernels::sum_workspace_bytes(parameter.gradient.elements));
  return bytes;
}

}  // namespace

GradientNorm::GradientNorm(Context& context, Parameters& parameters, float most)
    : context_(context),
      parameters_(parameters),
      most_(most),
      sums_(context.arena.staged_tensor<float>("sums_of_squares", parameters.size())),
      total_(context.arena.staged_tensor<float>("sum_of_squares", 1)),
      scale_(context.arena.staged_tensor<float>("gradient_scale", 1)),
      order_(context.arena.staged_tensor<int32_t>("order", parameters.size())),
      workspace_(context.arena.allocate(largest_workspace(parameters))) {}

void GradientNorm::measure() {
  size_t index = 0;
  for (const Parameter& parameter : parameters_) {
    const Tensor<float>& gradient = parameter.gradient;
    const Tensor<float> sum{"sum", sums_.data + index++, 1};
    context_.executor.run({"sum_of_squares", parameter.name()}, {gradient}, {sum}, [&](auto& on) {
      sum_of_squares(on, context_.variant, gradient.elements, gradient.data, sum.data, workspace_);
    });
  }
  context_.executor.run({"gradient_norm"}, {sums_}, {total_, scale_, order_}, [&](auto& on) {
    download(on, sums_);
    *total_.host = fold();
    *scale_.host = kernels::norm_scale(most_, *total_.host);
    upload(on, total_);
    upload(on, scale_);
    upload(on, order_);
  });
}

float GradientNorm::fold() {
  float total = 0;
  size_t added = 0;
  const auto add = [&](int32_t parameter) {
    total += sums_.host[parameter];
    order_.host[added++] = parameter;
  };
  const auto parameters = static_cast<int32_t>(sums_.elements);
  if (!context_.hazards.has(Hazard::kHashOrder)) {
    for (int32_t i = 0; i < parameters; ++i) add(i);
    return total;
  }
  // Everything the optimizer holds, by address; only gradients have a sum.
  constexpr int32_t kNoSum = -1;
  std::unordered_map<const float*, int32_t> held;
  int32_t index = 0;
  for (const Parameter& parameter : parameters_) {
    held[parameter.weight.data] = kNoSum;
    held[parameter.gradient.data] = index++;
    held[parameter.first.data] = kNoSum;
  }
  for (const auto& [tensor, parameter] : held)
    if (parameter != kNoSum) add(parameter);
  return total;
}

}  // namespace detaudit::workload
