#include "kernels/cuda/stream.h"

#include <cuda_runtime.h>

#include <algorithm>

#include "kernels/cuda/check.cuh"

namespace detaudit::kernels::cuda {

struct Stream::State {
  cudaStream_t stream = nullptr;
  void* scratch = nullptr;
  size_t scratch_bytes = 0;
};

Stream::Stream() : state_(new State) {
  check("cudaStreamCreateWithFlags",
        cudaStreamCreateWithFlags(&state_->stream, cudaStreamNonBlocking));
}

Stream::~Stream() {
  // Nothing can be done here about a device that failed.
  cudaStreamSynchronize(state_->stream);
  cudaFree(state_->scratch);
  cudaStreamDestroy(state_->stream);
}

std::string Stream::device_name() const {
  int device = 0;
  check("cudaGetDevice", cudaGetDevice(&device));
  cudaDeviceProp properties;
  check("cudaGetDeviceProperties", cudaGetDeviceProperties(&properties, device));
  return properties.name;
}

void* Stream::allocate(size_t bytes) {
  void* memory = nullptr;
  check("cudaMalloc", cudaMalloc(&memory, std::max<size_t>(bytes, 1)));
  check("cudaMemsetAsync", cudaMemsetAsync(memory, 0, bytes, state_->stream));
  return memory;
}

void Stream::release(void* memory) { cudaFree(memory); }

void* Stream::allocate_pinned(size_t bytes) {
  void* memory = nullptr;
  check("cudaMallocHost", cudaMallocHost(&memory, std::max<size_t>(bytes, 1)));
  return memory;
}

void Stream::release_pinned(void* memory) { cudaFreeHost(memory); }

void Stream::upload(void* device, const void* host, size_t bytes) {
  check("cudaMemcpyAsync to the device",
        cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, state_->stream));
  synchronize();
}

void Stream::download(void* host, const void* device, size_t bytes) {
  check("cudaMemcpyAsync from the device",
        cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, state_->stream));
  synchronize();
}

void* Stream::scratch(size_t bytes) {
  if (bytes > state_->scratch_bytes) {
    synchronize();
    check("cudaFree", cudaFree(state_->scratch));
    state_->scratch = nullptr;
    state_->scratch_bytes = 0;
    check("cudaMalloc", cudaMalloc(&state_->scratch, bytes));
    state_->scratch_bytes = bytes;
  }
  return state_->scratch;
}

void Stream::synchronize() {
  check("cudaStreamSynchronize", cudaStreamSynchronize(state_->stream));
}

void* Stream::handle() const { return state_->stream; }

std::unique_ptr<CudaError> missing_device() {
  int version = 0, count = 0;
  if (cudaDriverGetVersion(&version) == cudaSuccess && version == 0)
    return std::make_unique<CudaError>("cudaDriverGetVersion", "no NVIDIA driver is installed");
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess)
    return std::make_unique<CudaError>("cudaGetDeviceCount", cudaGetErrorString(status));
  if (count == 0) return std::make_unique<CudaError>("cudaGetDeviceCount", "no device");
  return nullptr;
}

}  // namespace detaudit::kernels::cuda
