#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <vector>

// Runs the kernels of kernels/cuda on the host, without a GPU: what their bits are tested with.
// Blocks run in shuffled order, on several threads when asked; the threads of a phase one after the
// other in an order that changes from phase to phase. Shared memory starts as garbage.
namespace detaudit::kernels::cuda {

enum class EmulatedOrder { kForward, kReversed, kShuffled, kMixed };  // kMixed: by turns

struct Emulation {
  EmulatedOrder order = EmulatedOrder::kMixed;
  uint64_t seed = 1;  // of the shuffles
  unsigned host_threads = 1;
};
// Of every launch from now on.
Emulation& emulation();

// The order of a phase's threads, and whether launches are counted, for the tests.
std::span<const uint16_t> emulated_threads(unsigned threads, uint64_t phase);

// Calls run_block(block) for all blocks as emulation() says.
void emulate_blocks(size_t blocks, const std::function<void(size_t block)>& run_block);

template <unsigned kBlockThreads>
class EmulatedBlock {
 public:
  explicit EmulatedBlock(size_t index) : index_(index) {}
  size_t index() const { return index_; }

  template <class Phase>
  void each(const Phase& phase) {
    for (uint16_t thread : emulated_threads(kBlockThreads, index_ + phase_++)) phase(thread);
  }

  template <class T>
  class PerThread {
   public:
    PerThread() : values_(kBlockThreads) {}
    T& operator[](unsigned thread) { return values_[thread]; }

   private:
    std::vector<T> values_;
  };

 private:
  size_t index_;
  uint64_t phase_ = 0;
};

template <class Kernel>
void emulate(size_t blocks, const Kernel& kernel) {
  emulate_blocks(blocks, [&](size_t index) {
    static thread_local typename Kernel::Shared shared;
    std::memset(static_cast<void*>(&shared), 0xff, sizeof shared);
    EmulatedBlock<Kernel::kThreads> block(index);
    kernel.run(block, shared);
  });
}

}  // namespace detaudit::kernels::cuda
