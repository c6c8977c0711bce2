#include "kernels/cuda/digest.cuh"
#include "kernels/cuda/launch.cuh"

// The entry point alone: also compiled to a fat binary, for those who launch it by the driver API.
extern "C" __global__ void __launch_bounds__(detaudit::kernels::cuda::kDigestThreads)
    detaudit_digest(const __grid_constant__ detaudit::kernels::cuda::DigestLaunch launch) {
  using namespace detaudit::kernels::cuda;
  __shared__ DigestKernel::Shared shared;
  Block<kDigestThreads> block;
  DigestKernel::run(block, shared, launch);
}
