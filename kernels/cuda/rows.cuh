#pragma once

#include "kernels/cuda/lanes.cuh"
#include "kernels/cuda/launch.cuh"

namespace detaudit::kernels::cuda {

// What kernels whose warps each take a row have in common.
struct RowKernel {
  static constexpr unsigned kRows = 4;  // of a block
  static constexpr unsigned kThreads = kRows * kFoldLanes;
  struct Shared {
    float lanes[kRows][kFoldLanes];
  };
};

// A block at work on its rows, in turns of two phases: every lane of a row leaves something, and
// then every lane reads all of it.
template <class Block>
class RowBlock {
 public:
  DETAUDIT_DEVICE RowBlock(Block& block, RowKernel::Shared& shared, size_t rows)
      : block_(block), shared_(shared), rows_(rows) {}

  // part(thread, row, lane) is a lane's float; then use(thread, row, lane, lanes).
  template <class Part, class Use>
  DETAUDIT_DEVICE void turn(const Part& part, const Use& use) {
    block_.each([&](unsigned thread) {
      const size_t row = row_of(thread);
      const unsigned lane = thread % kFoldLanes;
      if (row < rows_) shared_.lanes[thread / kFoldLanes][lane] = part(thread, row, lane);
    });
    block_.each([&](unsigned thread) {
      const size_t row = row_of(thread);
      if (row < rows_) use(thread, row, thread % kFoldLanes, shared_.lanes[thread / kFoldLanes]);
    });
  }

 private:
  DETAUDIT_DEVICE size_t row_of(unsigned thread) const {
    return block_.index() * RowKernel::kRows + thread / kFoldLanes;
  }
  Block& block_;
  RowKernel::Shared& shared_;
  size_t rows_;
};

// The largest that is not NaN; -infinity when there is none. No order matters.
DETAUDIT_DEVICE float larger(float a, float b) { return b > a ? b : a; }

DETAUDIT_DEVICE float max_of_lanes(const float* lanes) {
  float largest = -kInf;
  DETAUDIT_UNROLL
  for (unsigned i = 0; i < kFoldLanes; ++i) largest = larger(largest, lanes[i]);
  return largest;
}

}  // namespace detaudit::kernels::cuda
