#pragma once

#include <cstdint>
#include <vector>

#include "auditor/compare/comparison.h"

namespace detaudit::auditor {

// Counts by step in at most 256 bins, all of one width, a power of two that doubles when the steps
// seen no longer fit. The bins do not depend on the order in which steps come.
class Timeline {
 public:
  static constexpr size_t kMaximumBins = 256;

  StepBin& at(uint64_t step) {
    if (step != latest_step_ || latest_ == nullptr) {
      latest_step_ = step;
      latest_ = &find(step);
    }
    return *latest_;
  }
  std::vector<StepBin> finish() const;  // first and last step clipped to those seen

 private:
  StepBin& find(uint64_t step) {
    const uint64_t index = (step >> shift_) - base_;
    if (index < bins_.size() && (step >> shift_) >= base_) {
      lowest_ = step < lowest_ ? step : lowest_;
      highest_ = step > highest_ ? step : highest_;
      return bins_[index];
    }
    return make_room(step);
  }
  StepBin& make_room(uint64_t step);

  unsigned shift_ = 0;
  uint64_t base_ = 0;  // bins_[0] begins at step base_ << shift_
  uint64_t lowest_ = UINT64_MAX, highest_ = 0;
  std::vector<StepBin> bins_;
  uint64_t latest_step_ = 0;
  StepBin* latest_ = nullptr;  // of that step: mostly it is the next one's, too
};

}  // namespace detaudit::auditor
