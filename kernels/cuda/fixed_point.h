#pragma once

#include "kernels/cuda/stream.h"
#include "kernels/fixed_point.h"

namespace detaudit::kernels::cuda {

// Twin of kernels/fixed_point.h. All pointers are the device's.
void fixed_point_product(Stream& stream, DenseShape shape, const float* x, const float* dy,
                         int32_t* sums, float* dweight);

}  // namespace detaudit::kernels::cuda
