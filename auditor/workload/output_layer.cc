#include "auditor/workload/output_layer.h"

#include <cstdlib>
#include <memory>
#include <new>

#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/fixed_point.h"
#include "kernels/fixed_point.h"

namespace detaudit::workload {
namespace {

struct FreeBlock {
  void operator()(void* block) const { std::free(block); }
};
using Accumulators = std::unique_ptr<int32_t[], FreeBlock>;

// Accumulators of one step's gradient.
Accumulators make_accumulators(size_t count, HazardSet hazards) {
  void* block = hazards.has(Hazard::kUninitializedBuffer) ? std::malloc(count * sizeof(int32_t))
                                                          : std::calloc(count, sizeof(int32_t));
  if (!block) throw std::bad_alloc();
  return Accumulators(static_cast<int32_t*>(block));
}

}  // namespace

OutputLayer::OutputLayer(Context& context, Parameters& parameters, const std::string& name,
                         const kernels::DenseShape& shape, float deviation, const Flow& input)
    : context_(context),
      dense_(context, parameters, name, shape, deviation, Bias::kLearned, input),
      name_(name) {}

void OutputLayer::backward() {
  dense_.backward_bias();
  context_.executor.run({"fixed_point_weight_gradient", name_.c_str()},
                        {dense_.input().value, dense_.output().gradient}, {weight().gradient},
                        [&](auto& on) { accumulate_weight_gradient(on); });
  dense_.backward_data();
}

void OutputLayer::accumulate_weight_gradient(kernels::Pool& pool) {
  const Tensor<float>& gradient = weight().gradient;
  const Accumulators sums = make_accumulators(gradient.elements, context_.hazards);
  kernels::fixed_point_product(pool, dense_.shape(), dense_.input().value.data,
                               dense_.output().gradient.data, sums.get(), gradient.data);
}

void OutputLayer::accumulate_weight_gradient(kernels::cuda::Stream& stream) {
  const Tensor<float>& gradient = weight().gradient;
  // Scratch of the stream: what an earlier operation left is in it.
  auto* sums = static_cast<int32_t*>(stream.scratch(gradient.elements * sizeof(int32_t)));
  if (!context_.hazards.has(Hazard::kUninitializedBuffer))
    fill(stream, gradient.elements, 0.0f, reinterpret_cast<float*>(sums));
  fixed_point_product(stream, dense_.shape(), dense_.input().value.data,
                      dense_.output().gradient.data, sums, gradient.data);
}

}  // namespace detaudit::workload
