#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include "kernels/cuda/stream.h"

namespace detaudit::kernels::cuda {

struct Stream::State {
  std::vector<std::vector<uint64_t>> scratch;
};

Stream::Stream() : state_(new State) {}
Stream::~Stream() = default;

std::string Stream::device_name() const { return "emulated"; }

void* Stream::allocate(size_t bytes) {
  constexpr size_t kAlignment = 256;
  const size_t rounded = (std::max<size_t>(bytes, 1) + kAlignment - 1) / kAlignment * kAlignment;
  void* memory = std::aligned_alloc(kAlignment, rounded);
  if (!memory) throw std::bad_alloc();
  std::memset(memory, 0, rounded);
  return memory;
}
void Stream::release(void* memory) { std::free(memory); }
void* Stream::allocate_pinned(size_t bytes) { return allocate(bytes); }
void Stream::release_pinned(void* memory) { std::free(memory); }

void Stream::upload(void* device, const void* host, size_t bytes) {
  if (bytes) std::memcpy(device, host, bytes);
}
void Stream::download(void* host, const void* device, size_t bytes) {
  if (bytes) std::memcpy(host, device, bytes);
}

// Garbage every time: an operation must not count on what another left.
void* Stream::scratch(size_t bytes) {
  state_->scratch.assign(1, std::vector<uint64_t>(bytes / sizeof(uint64_t) + 1, ~uint64_t{0}));
  return state_->scratch.back().data();
}

void Stream::synchronize() {}
void* Stream::handle() const { return nullptr; }

std::unique_ptr<CudaError> missing_device() { return nullptr; }

}  // namespace detaudit::kernels::cuda
