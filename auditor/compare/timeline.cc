#include "auditor/compare/timeline.h"

#include <algorithm>

namespace detaudit::auditor {

StepBin& Timeline::make_room(uint64_t step) {
  lowest_ = std::min(lowest_, step);
  highest_ = std::max(highest_, step);
  unsigned shift = shift_;
  while ((highest_ >> shift) - (lowest_ >> shift) >= kMaximumBins) ++shift;
  const uint64_t base = lowest_ >> shift;
  std::vector<StepBin> bins((highest_ >> shift) - base + 1);
  for (size_t i = 0; i < bins_.size(); ++i) {
    StepBin& into = bins[((base_ + i) >> (shift - shift_)) - base];
    into.compared += bins_[i].compared;
    into.origins += bins_[i].origins;
    into.propagated += bins_[i].propagated;
    into.missing += bins_[i].missing;
  }
  bins_ = std::move(bins);
  shift_ = shift;
  base_ = base;
  return bins_[(step >> shift_) - base_];
}

std::vector<StepBin> Timeline::finish() const {
  std::vector<StepBin> bins = bins_;
  for (size_t i = 0; i < bins.size(); ++i) {
    const uint64_t first = (base_ + i) << shift_;
    bins[i].first_step = std::max(first, lowest_);
    bins[i].last_step = std::min(first + ((uint64_t{1} << shift_) - 1), highest_);
  }
  return bins;
}

}  // namespace detaudit::auditor
