#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "auditor/workload/hazards.h"
#include "auditor/workload/options.h"
#include "auditor/workload/seeding.h"

namespace detaudit::workload {

// Which samples make up which batch: shuffled epoch after epoch, what does not fill a last batch is
// left for another epoch. One thread at a time.
class SampleOrder {
 public:
  // batch <= samples.
  SampleOrder(const Seeding& seeding, HazardSet hazards, size_t samples, size_t batch,
              Shuffling shuffling);

  // The next batch's samples, and the epoch they belong to.
  uint64_t next(uint64_t* batch);

 private:
  void start_epoch();

  std::mt19937 engine_;
  std::vector<uint64_t> order_;
  size_t batch_;
  Shuffling shuffling_;
  size_t used_ = 0;
  uint64_t epoch_ = 0;
};

}  // namespace detaudit::workload
