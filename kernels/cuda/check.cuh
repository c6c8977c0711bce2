#pragma once

#include <cuda_runtime.h>

#include "kernels/cuda/stream.h"

namespace detaudit::kernels::cuda {

inline void check(const char* call, cudaError_t status) {
  if (status != cudaSuccess) throw CudaError(call, cudaGetErrorString(status));
}

}  // namespace detaudit::kernels::cuda
