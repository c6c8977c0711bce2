// Captured graphs, launched one behind the other without a wait: one that others are put into, and
// one with memory that it allocates itself. The same bytes each time.
#include <cuda_runtime.h>

#include <cstdio>
#include <cstdlib>

namespace {

constexpr unsigned kElements = 1 << 20, kLaunches = 400, kGraphs = 20;

__global__ void scale(const float* from, float* to, float factor) {
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  to[i] = from[i] * factor + 1;
}

void check(cudaError_t error) {
  if (error == cudaSuccess) return;
  std::fprintf(stderr, "error: %s\n", cudaGetErrorString(error));
  std::exit(3);
}

template <typename Work>
cudaGraph_t captured(cudaStream_t stream, const Work& work) {
  cudaGraph_t graph;
  check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
  work();
  check(cudaStreamEndCapture(stream, &graph));
  return graph;
}

}  // namespace

int main() {
  float* data;
  cudaStream_t stream;
  cudaGraphExec_t changing, allocating;
  check(cudaMalloc(&data, kElements * sizeof(float)));
  check(cudaMemset(data, 0, kElements * sizeof(float)));
  check(cudaStreamCreate(&stream));
  const auto step = [&](const float* from, float* to, float factor) {
    scale<<<kElements / 256, 256, 0, stream>>>(from, to, factor);
  };
  const auto scaled = [&](unsigned number) {
    return captured(stream, [&] { step(data, data, 1 + 0.01f * static_cast<float>(number)); });
  };
  const cudaGraph_t with_memory = captured(stream, [&] {
    float* between;
    check(cudaMallocAsync(&between, kElements * sizeof(float), stream));
    step(data, between, 0.25f);
    step(between, data, 0.5f);
    check(cudaFreeAsync(between, stream));
  });
  check(cudaGraphInstantiate(&changing, scaled(0), 0));
  check(cudaGraphInstantiate(&allocating, with_memory, 0));
  for (unsigned graph = 0; graph < kGraphs; ++graph) {
    cudaGraphExecUpdateResultInfo info;
    if (graph > 0) check(cudaGraphExecUpdate(changing, scaled(graph), &info));
    for (unsigned i = 0; i < kLaunches / kGraphs; ++i) {
      check(cudaGraphLaunch(changing, stream));
      check(cudaGraphLaunch(allocating, stream));
    }
  }
  float first = 0;
  check(cudaStreamSynchronize(stream));
  check(cudaMemcpy(&first, data, sizeof first, cudaMemcpyDeviceToHost));
  std::printf("%a\n", static_cast<double>(first));
  return 0;
}
