#include <cuda_runtime.h>

#include <algorithm>

#include "kernels/cuda/check.cuh"
#include "tests/device/checks.h"

namespace detaudit::device {
namespace {

using kernels::cuda::check;

// Loads of 16 bytes, eight in flight a thread, as the digest's; their sum is used, so that they
// are.
__global__ void __launch_bounds__(256) read_kernel(const uint4* data, size_t pieces, uint4* sink) {
  constexpr unsigned kAhead = 8;
  uint4 sum = {0, 0, 0, 0};
  const size_t stride = size_t{gridDim.x} * blockDim.x;
  for (size_t i = size_t{blockIdx.x} * blockDim.x + threadIdx.x; i < pieces; i += kAhead * stride) {
    uint4 loaded[kAhead];
#pragma unroll
    for (unsigned j = 0; j < kAhead; ++j)
      loaded[j] = i + j * stride < pieces ? __ldg(data + i + j * stride) : uint4{0, 0, 0, 0};
#pragma unroll
    for (unsigned j = 0; j < kAhead; ++j) {
      sum.x ^= loaded[j].x;
      sum.y ^= loaded[j].y;
      sum.z ^= loaded[j].z;
      sum.w ^= loaded[j].w;
    }
  }
  if (sum.x == 0x12345678 && sum.y == 0x9abcdef0) *sink = sum;
}

}  // namespace

void read_all(kernels::cuda::Stream& stream, const void* data, size_t bytes, void* sink) {
  int processors = 0;
  check("cudaDeviceGetAttribute",
        cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, 0));
  read_kernel<<<processors * 8, 256, 0, static_cast<cudaStream_t>(stream.handle())>>>(
      static_cast<const uint4*>(data), bytes / sizeof(uint4), static_cast<uint4*>(sink));
  check("kernel launch", cudaGetLastError());
}

size_t used_device_memory() {
  size_t left = 0, all = 0;
  check("cudaMemGetInfo", cudaMemGetInfo(&left, &all));
  return all - left;
}

double gpu_seconds(kernels::cuda::Stream& stream, unsigned repeats,
                   const std::function<void()>& call) {
  constexpr unsigned kRounds = 7;
  const auto handle = static_cast<cudaStream_t>(stream.handle());
  cudaEvent_t begin, end;
  check("cudaEventCreate", cudaEventCreate(&begin));
  check("cudaEventCreate", cudaEventCreate(&end));
  std::vector<double> seconds;
  for (unsigned round = 0; round <= kRounds; ++round) {
    check("cudaEventRecord", cudaEventRecord(begin, handle));
    for (unsigned i = 0; i < repeats; ++i) call();
    check("cudaEventRecord", cudaEventRecord(end, handle));
    stream.synchronize();
    float milliseconds = 0;
    check("cudaEventElapsedTime", cudaEventElapsedTime(&milliseconds, begin, end));
    if (round > 0) seconds.push_back(milliseconds * 1e-3 / repeats);  // the first warms up
  }
  cudaEventDestroy(begin);
  cudaEventDestroy(end);
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() / 2];
}

}  // namespace detaudit::device
