#include "auditor/compare/sample_sums.h"

#include <algorithm>

namespace detaudit::auditor {
namespace {

constexpr size_t kMostAhead = size_t{1} << 16;

}  // namespace

void SampleSums::note(Side side, uint64_t dataset, const instrument::Event& batch) {
  if (batch.outputs.size() <= kSamplesOutput) return;
  Dataset& known = datasets_[dataset];
  kernels::Digest& sum = known.sums[static_cast<size_t>(side)];
  sum = kernels::add(sum, batch.outputs[kSamplesOutput]);
  if (!known.too_far_apart) level(known, side, {sum, batch.order});
}

void SampleSums::level(Dataset& dataset, Side side, const Prefix& here) {
  if (dataset.ahead.empty()) dataset.side_ahead = side;
  if (dataset.side_ahead == side) {
    dataset.ahead.push_back(here);
    dataset.too_far_apart = dataset.ahead.size() > kMostAhead;
    if (dataset.too_far_apart) dataset.ahead = {};
    return;
  }
  const Prefix there = dataset.ahead.front();
  dataset.ahead.pop_front();
  if (there.sum != here.sum) return;
  dataset.agreed = true;
  dataset.latest_agreement = side == Side::kFirst ? here.order : there.order;
}

bool SampleSums::agree_from(uint64_t dataset, uint64_t order) const {
  const auto known = datasets_.find(dataset);
  if (known == datasets_.end()) return false;
  return (known->second.agreed && known->second.latest_agreement >= order) ||
         known->second.sums[0] == known->second.sums[1];
}

}  // namespace detaudit::auditor
