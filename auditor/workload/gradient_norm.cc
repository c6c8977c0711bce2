#include "auditor/workload/gradient_norm.h"

#include <algorithm>
#include <unordered_map>

#include "kernels/scale_by_norm.h"
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
      sums_(context.arena.tensor<float>("sums_of_squares", parameters.size())),
      total_(context.arena.tensor<float>("sum_of_squares", 1)),
      workspace_(context.arena.allocate(largest_workspace(parameters))) {}

void GradientNorm::clip() {
  size_t index = 0;
  for (const Parameter& parameter : parameters_) {
    const Tensor<float>& gradient = parameter.gradient;
    const Tensor<float> sum{"sum", sums_.data + index++, 1};
    context_.executor.run({"sum_of_squares", parameter.name()}, {gradient}, {sum},
                          [&](kernels::Pool& pool) {
                            kernels::sum_of_squares(pool, context_.variant, gradient.elements,
                                                    gradient.data, sum.data, workspace_);
                          });
  }
  context_.executor.run({"gradient_norm"}, {sums_}, {total_},
                        [&](kernels::Pool&) { *total_.data = fold(); });
  for (const Parameter& parameter : parameters_) {
    const Tensor<float>& gradient = parameter.gradient;
    context_.executor.run({"scale_by_norm", parameter.name()}, {gradient, total_}, {gradient},
                          [&](kernels::Pool& pool) {
                            kernels::scale_by_norm(pool, most_, total_.data, gradient.elements,
                                                   gradient.data);
                          });
  }
}

float GradientNorm::fold() const {
  float total = 0;
  if (context_.hazards.has(Hazard::kHashOrder)) {
    // Everything the optimizer holds, by address; only gradients have a sum.
    std::unordered_map<const float*, float> squares;
    size_t index = 0;
    for (const Parameter& parameter : parameters_) {
      squares[parameter.weight.data] = 0;
      squares[parameter.gradient.data] = sums_.data[index++];
      squares[parameter.first.data] = 0;
    }
    for (const auto& [tensor, square] : squares) total += square;
    return total;
  }
  for (size_t i = 0; i < sums_.elements; ++i) total += sums_.data[i];
  return total;
}

}  // namespace detaudit::workload
