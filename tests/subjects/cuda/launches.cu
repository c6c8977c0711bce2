// Many short launches in order, so that launching dominates. Its argument: how many. Tells on
// stderr what one took.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "tests/subjects/cuda/figures.h"

namespace {

constexpr unsigned kElements = 16384, kBuffers = 16, kBefore = 100;

__global__ void step(const float* from, float* to, float number) {
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  to[i] = to[i] * 0.5f + from[i] * 0.25f + number;
}

void check(cudaError_t error) {
  if (error == cudaSuccess) return;
  std::fprintf(stderr, "error: %s\n", cudaGetErrorString(error));
  std::exit(3);
}

}  // namespace

int main(int argc, char** argv) {
  const unsigned launches = argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 100'000;
  std::vector<float*> buffers(kBuffers);
  for (float*& buffer : buffers) {
    check(cudaMalloc(&buffer, kElements * sizeof(float)));
    check(cudaMemset(buffer, 0, kElements * sizeof(float)));
  }
  const auto launch = [&](unsigned i) {
    step<<<kElements / 256, 256>>>(buffers[i % kBuffers], buffers[(i + 1) % kBuffers],
                                   static_cast<float>(i % 7));
  };
  for (unsigned i = 0; i < kBefore; ++i) launch(i);
  check(cudaDeviceSynchronize());
  const Figures figures(kBefore);
  for (unsigned i = 0; i < launches; ++i) launch(i);
  check(cudaGetLastError());
  check(cudaDeviceSynchronize());
  size_t left = 0, all = 0;
  check(cudaMemGetInfo(&left, &all));
  figures.end(launches, all - left);
  float first = 0;
  check(cudaMemcpy(&first, buffers[0], sizeof first, cudaMemcpyDeviceToHost));
  std::printf("%a\n", static_cast<double>(first));
  return 0;
}
