#include "auditor/workload/output_layer.h"

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <new>

namespace detaudit::workload {
namespace {

constexpr size_t kSamplesPerShard = 4;
constexpr float kFixedPointUnit = 0x1p-20f;

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
    : context_(context), dense_(context, parameters, name, shape, deviation, input), name_(name) {}

void OutputLayer::backward() {
  dense_.backward_bias();
  context_.executor.run({"fixed_point_weight_gradient", name_.c_str()},
                        {dense_.input().value, dense_.output().gradient}, {weight().gradient},
                        [&](kernels::Pool& pool) { accumulate_weight_gradient(pool); });
  dense_.backward_data();
}

void OutputLayer::accumulate_weight_gradient(kernels::Pool& pool) {
  const auto [rows, inputs, outputs] = dense_.shape();
  const float* x = dense_.input().value.data;
  const float* dy = dense_.output().gradient.data;
  const Tensor<float>& gradient = weight().gradient;
  const Accumulators sums = make_accumulators(gradient.elements, context_.hazards);
  pool.launch(kernels::block_count(rows, kSamplesPerShard), [&](size_t shard, unsigned) {
    const kernels::Range range = kernels::block_range(shard, rows, kSamplesPerShard);
    for (size_t i = 0; i < inputs; ++i)
      for (size_t o = 0; o < outputs; ++o) {
        float part = 0;
        for (size_t row = range.begin; row < range.end; ++row)
          part = std::fma(x[row * inputs + i], dy[row * outputs + o], part);
        std::atomic_ref(sums[i * outputs + o])
            .fetch_add(static_cast<int32_t>(std::lrint(part / kFixedPointUnit)),
                       std::memory_order_relaxed);
      }
  });
  for (size_t i = 0; i < gradient.elements; ++i)
    gradient.data[i] = static_cast<float>(sums[i]) * kFixedPointUnit;
}

}  // namespace detaudit::workload
