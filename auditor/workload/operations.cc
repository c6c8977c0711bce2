#include "auditor/workload/operations.h"

#include <algorithm>
#include <array>

#include "reports/diagnostic.h"

namespace detaudit::workload {
namespace {

using enum Guarantee;

constexpr std::string_view kHogwildUpdate = "hogwild_update";

constexpr std::array kConvnet = {
    Operation{"augment", kByConstruction},
    Operation{"batch_norm_backward", kPair},
    Operation{"batch_norm_forward_infer", kByConstruction},
    Operation{"batch_norm_forward_train", kPair},
    Operation{"bilinear_resize_backward", kPair},
    Operation{"bilinear_resize_forward", kByConstruction},
    Operation{"channel_sum", kPair},
    Operation{"column_sum", kPair},
    Operation{"conv2d_backward_data", kPair},
    Operation{"conv2d_backward_weight", kPair},
    Operation{"conv2d_forward", kByConstruction},
    Operation{"copy", kByConstruction},
    Operation{"dense_backward_data", kByConstruction},
    Operation{"dense_backward_weight", kPair},
    Operation{"dense_forward", kByConstruction},
    Operation{"draw_images", kByConstruction},
    Operation{"dropout_backward", kByConstruction},
    Operation{"dropout_forward", kByConstruction},
    Operation{"fixed_point_weight_gradient", kByConstruction},
    Operation{"gradient_norm", kByConstruction},
    Operation{kHogwildUpdate, kNone},
    Operation{"init_constant", kByConstruction},
    Operation{"init_normal", kByConstruction},
    Operation{"max_pool2d_backward", kPair},
    Operation{"max_pool2d_forward", kByConstruction},
    Operation{"relu_backward", kByConstruction},
    Operation{"relu_forward", kByConstruction},
    Operation{"score", kByConstruction},
    Operation{"sgd_update", kByConstruction},
    Operation{"softmax_cross_entropy_backward", kByConstruction},
    Operation{"softmax_cross_entropy_forward", kPair},
    Operation{"sum_of_squares", kPair},
};

constexpr std::array kCharlm = {
    Operation{"adam_update", kByConstruction},
    Operation{"add_layer_norm_forward", kByConstruction},
    Operation{"attention_backward", kPair},
    Operation{"attention_forward", kByConstruction},
    Operation{"column_sum", kPair},
    Operation{"dense_backward_data", kByConstruction},
    Operation{"dense_backward_weight", kPair},
    Operation{"dense_forward", kByConstruction},
    Operation{"dropout_add_layer_norm_forward", kByConstruction},
    Operation{"embedding_backward", kPair},
    Operation{"embedding_forward", kByConstruction},
    Operation{"gather_windows", kByConstruction},
    Operation{"gradient_norm", kByConstruction},
    Operation{"init_constant", kByConstruction},
    Operation{"init_normal", kByConstruction},
    Operation{"layer_norm_backward", kPair},
    Operation{"layer_norm_forward", kByConstruction},
    Operation{"mlp_backward", kPair, "dense_backward_weight"},
    Operation{"mlp_forward", kByConstruction},
    Operation{"score", kByConstruction},
    Operation{"softmax_cross_entropy_backward", kByConstruction},
    Operation{"softmax_cross_entropy_forward", kPair},
    Operation{"sum_of_squares", kPair},
};

std::string_view described(Guarantee guarantee) {
  switch (guarantee) {
    case kByConstruction:
      return "deterministic";
    case kPair:
      return "atomic or deterministic";
    case kNone:
      break;
  }
  return "never deterministic";
}

}  // namespace

std::span<const Operation> all_operations(Model model) {
  if (model == Model::kConvnet) return kConvnet;
  return kCharlm;
}

bool is_used(const Operation& operation, const Options& options) {
  return operation.name != kHogwildUpdate || options.update == Update::kHogwild;
}

void require_deterministic(const Options& options) {
  if (options.kernels != kernels::Variant::kDeterministic) return;
  for (const Operation& operation : all_operations(options.model)) {
    if (operation.guarantee != kNone || !is_used(operation, options)) continue;
    throw reports::usage_error(
        "DET901", "operation `" + std::string(operation.name) + "` has no deterministic version",
        "use --update synchronous with --kernels deterministic, or --kernels atomic");
  }
}

std::string list_operations(const Options& options) {
  std::string text;
  for (const Operation& operation : all_operations(options.model)) {
    if (!is_used(operation, options)) continue;
    std::string line(operation.name);
    line.resize(std::max<size_t>(line.size(), 32), ' ');
    text += line + std::string(described(operation.guarantee));
    if (operation.kernel != operation.name) text += " (" + std::string(operation.kernel) + ")";
    text += "\n";
  }
  return text;
}

}  // namespace detaudit::workload
