#pragma once

#include <cstdint>
#include <random>
#include <string_view>

#include "kernels/philox.h"

namespace detaudit::workload {

// The one place that --seed goes through: every generator of the program descends from it, each
// under a name of its own, so that adding one does not move the others.
class Seeding {
 public:
  explicit Seeding(uint64_t seed) : seed_(seed) {}

  uint64_t derive(std::string_view stream) const;
  kernels::Philox philox(std::string_view stream) const;
  std::mt19937 engine(std::string_view stream) const;

 private:
  uint64_t seed_;
};

}  // namespace detaudit::workload
