#include "auditor/workload/hogwild.h"

#include <atomic>

namespace detaudit::workload {
namespace {

constexpr size_t kSamplesPerShard = 2;

void step(float& weight, float change) {
  std::atomic_ref shared(weight);
  shared.store(shared.load(std::memory_order_relaxed) - change, std::memory_order_relaxed);
}

}  // namespace

void hogwild_update(Context& context, OpName name, const Dense& layer, float learning_rate) {
  const auto [rows, inputs, outputs] = layer.shape();
  const Tensor<float>&x = layer.input().value, &dy = layer.output().gradient;
  const Tensor<float>& weights = layer.weight().weight;
  const auto step_along = [&](size_t row) {
    for (size_t i = 0; i < inputs; ++i) {
      const float feature = learning_rate * x.data[row * inputs + i];
      if (feature == 0) continue;
      for (size_t o = 0; o < outputs; ++o)
        step(weights.data[i * outputs + o], feature * dy.data[row * outputs + o]);
    }
  };
  context.executor.run(name, {x, dy, weights}, {weights}, [&](kernels::Pool& pool) {
    pool.launch(kernels::block_count(rows, kSamplesPerShard), [&](size_t shard, unsigned) {
      const kernels::Range range = kernels::block_range(shard, rows, kSamplesPerShard);
      for (size_t row = range.begin; row < range.end; ++row) step_along(row);
    });
  });
}

}  // namespace detaudit::workload
