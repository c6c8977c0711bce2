#include "kernels/fixed_point.h"

#include <atomic>

#include "kernels/grid.h"

namespace detaudit::kernels {

void fixed_point_product(Pool& pool, DenseShape shape, const float* x, const float* dy,
                         int32_t* sums, float* dweight) {
  const auto [rows, inputs, outputs] = shape;
  const auto add_shard = [=, shape = shape](size_t shard) {
    const Range range = block_range(shard, shape.rows, kFixedPointRows);
    for (size_t i = 0; i < shape.inputs; ++i)
      for (size_t o = 0; o < shape.outputs; ++o) {
        float part = 0;
        for (size_t row = range.begin; row < range.end; ++row)
          part = fma(x[row * shape.inputs + i], dy[row * shape.outputs + o], part);
        std::atomic_ref(sums[i * shape.outputs + o])
            .fetch_add(to_fixed_point(part), std::memory_order_relaxed);
      }
  };
  launch_grid(pool, block_count(rows, kFixedPointRows),
              [&](size_t shard, unsigned) { add_shard(shard); });
  for (size_t i = 0; i < inputs * outputs; ++i)
    dweight[i] = static_cast<float>(sums[i]) * kFixedPointUnit;
}

}  // namespace detaudit::kernels
