#include "auditor/workload/parameters.h"

#include "kernels/cuda/elementwise.h"
#include "kernels/fill.h"

namespace detaudit::workload {

Parameters::Parameters(Context& context, Optimizer optimizer)
    : context_(context), optimizer_(optimizer), stream_(context.seeding.philox("weights")) {
  detaudit_rng_stream("weights", &stream_, sizeof stream_);
}

Parameter& Parameters::make(const std::string& name, size_t elements) {
  Arena& arena = context_.arena;
  Parameter& parameter = all_.emplace_back();
  parameter.weight = arena.tensor<float>(name, elements);
  parameter.gradient = arena.tensor<float>(name + ".gradient", elements);
  parameter.first = arena.tensor<float>(name + ".first", elements);
  if (optimizer_ == Optimizer::kAdam)
    parameter.second = arena.tensor<float>(name + ".second", elements);
  return parameter;
}

Parameter& Parameters::normal(const std::string& name, size_t elements, float deviation) {
  Parameter& parameter = make(name, elements);
  const detaudit_buffer state{"stream", &stream_, sizeof stream_, DETAUDIT_U8};
  context_.executor.run(
      {"init_normal", parameter.name()}, {state}, {state, parameter.weight},
      [&](auto& on) { fill_normal(on, stream_, 0, deviation, elements, parameter.weight.data); });
  decays_.push_back(true);
  return parameter;
}

Parameter& Parameters::constant(const std::string& name, size_t elements, float value) {
  Parameter& parameter = make(name, elements);
  context_.executor.run({"init_constant", parameter.name()}, {}, {parameter.weight},
                        [&](auto& on) { fill(on, elements, value, parameter.weight.data); });
  decays_.push_back(false);
  return parameter;
}

void Parameters::set_weight_decay(float decay) {
  for (size_t i = 0; i < all_.size(); ++i) all_[i].weight_decay = decays_[i] ? decay : 0;
}

}  // namespace detaudit::workload
