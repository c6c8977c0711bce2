#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cuda/stream.h"
#include "kernels/target.h"
#ifdef __CUDACC__
#include "kernels/cuda/check.cuh"
#else
#include "kernels/cuda/emulated/emulator.h"
#endif

// How kernels here are written, so that the same source runs on a GPU and, compiled by a host
// compiler, under the emulator. A kernel is a plain struct of its parameters with
//   static constexpr unsigned kThreads;         threads of a block
//   struct Shared { ... };                      shared memory of a block
//   template <class Block> void run(Block& block, Shared& shared) const;
// run() is a sequence of phases, `block.each([&](unsigned thread) { ... })`: all threads go through
// a phase before any enters the next, so that within one, no thread may read what another writes.
// What a thread keeps from phase to phase is a Block::PerThread. Loops around phases must be the
// same for all threads of a block.
namespace detaudit::kernels::cuda {

#ifdef __CUDACC__

template <unsigned kThreads>
class Block {
 public:
  DETAUDIT_DEVICE size_t index() const { return blockIdx.x; }

  template <class Phase>
  DETAUDIT_DEVICE void each(const Phase& phase) {
    phase(threadIdx.x);
    __syncthreads();
  }

  template <class T>
  class PerThread {
   public:
    DETAUDIT_DEVICE T& operator[](unsigned) { return value_; }

   private:
    T value_;
  };
};

template <class Kernel>
__global__ void __launch_bounds__(Kernel::kThreads) run_kernel(const Kernel kernel) {
  __shared__ typename Kernel::Shared shared;
  Block<Kernel::kThreads> block;
  kernel.run(block, shared);
}

template <class Kernel>
void launch(Stream& stream, size_t blocks, const Kernel& kernel) {
  if (blocks == 0) return;
  if (blocks > INT32_MAX) throw CudaError("kernel launch", "more blocks than a grid has");
  run_kernel<<<static_cast<unsigned>(blocks), Kernel::kThreads, 0,
               static_cast<cudaStream_t>(stream.handle())>>>(kernel);
  check("kernel launch", cudaGetLastError());
}

#else

template <class Kernel>
void launch(Stream&, size_t blocks, const Kernel& kernel) {
  emulate(blocks, kernel);
}

#endif

struct NoShared {};

// body(i) for every i in [0, n): elements by themselves, in no order.
template <class Body>
struct ForEach {
  static constexpr unsigned kThreads = 256;
  using Shared = NoShared;
  size_t n;
  Body body;

  template <class Block>
  DETAUDIT_DEVICE void run(Block& block, Shared&) const {
    block.each([&](unsigned thread) {
      const size_t i = block.index() * kThreads + thread;
      if (i < n) body(i);
    });
  }
};

template <class Body>
void launch_each(Stream& stream, size_t n, const Body& body) {
  constexpr size_t kThreads = ForEach<Body>::kThreads;
  launch(stream, (n + kThreads - 1) / kThreads, ForEach<Body>{n, body});
}

}  // namespace detaudit::kernels::cuda
