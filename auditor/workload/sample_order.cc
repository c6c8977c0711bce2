#include "auditor/workload/sample_order.h"

#include <detaudit/probe.h>

#include <algorithm>
#include <numeric>

namespace detaudit::workload {
namespace {

std::mt19937 make_engine(const Seeding& seeding, HazardSet hazards) {
  // detaudit: allow(DET210) the hazard that is planted here
  if (hazards.has(Hazard::kUnseededShuffle)) return std::mt19937{std::random_device{}()};
  return seeding.engine("shuffle");
}

}  // namespace

SampleOrder::SampleOrder(const Seeding& seeding, HazardSet hazards, size_t samples, size_t batch,
                         Shuffling shuffling)
    : engine_(make_engine(seeding, hazards)),
      order_(samples),
      batch_(batch),
      shuffling_(shuffling) {
  detaudit_rng_stream("shuffle", &engine_, sizeof engine_);
  std::iota(order_.begin(), order_.end(), uint64_t{0});
  std::shuffle(order_.begin(), order_.end(), engine_);
}

uint64_t SampleOrder::next(uint64_t* batch) {
  if (used_ + batch_ > order_.size()) start_epoch();
  std::copy_n(order_.begin() + static_cast<ptrdiff_t>(used_), batch_, batch);
  used_ += batch_;
  return epoch_;
}

void SampleOrder::start_epoch() {
  used_ = 0;
  ++epoch_;
  if (shuffling_ == Shuffling::kEachEpoch) std::shuffle(order_.begin(), order_.end(), engine_);
}

}  // namespace detaudit::workload
