#include "kernels/cuda/fixed_point.h"

#include "kernels/cuda/atomic.cuh"
#include "kernels/cuda/launch.cuh"

namespace detaudit::kernels::cuda {

void fixed_point_product(Stream& stream, DenseShape shape, const float* x, const float* dy,
                         int32_t* sums, float* dweight) {
  const size_t rows = shape.rows, inputs = shape.inputs, outputs = shape.outputs;
  const size_t elements = inputs * outputs;
  launch_each(stream, block_count(rows, kFixedPointRows) * elements,
              [=] DETAUDIT_DEVICE_LAMBDA(size_t index) {
                const size_t element = index % elements, begin = index / elements * kFixedPointRows;
                const size_t end = begin + kFixedPointRows < rows ? begin + kFixedPointRows : rows;
                float part = 0;
                for (size_t row = begin; row < end; ++row)
                  part = fma(x[row * inputs + element / outputs],
                             dy[row * outputs + element % outputs], part);
                atomic_add(sums + element, to_fixed_point(part));
              });
  launch_each(stream, elements, [=] DETAUDIT_DEVICE_LAMBDA(size_t i) {
    dweight[i] = static_cast<float>(sums[i]) * kFixedPointUnit;
  });
}

}  // namespace detaudit::kernels::cuda
