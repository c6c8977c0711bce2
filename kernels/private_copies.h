#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

#include "kernels/pool.h"

namespace detaudit::kernels {

// Thread-private copies of one output, merged in the order in which the threads arrived: the
// fastest way to share an output, and nondeterministic. What pairs are measured against.
// Owns a copy for each thread of the pool.
class PrivateCopies {
 public:
  PrivateCopies(unsigned threads, size_t elements);

  // Forgets the last launch.
  void begin();
  // The worker's copy, zeroed at its first use since begin().
  float* copy(unsigned worker);
  // out = the copies used since begin(), added in arrival order.
  void merge(Pool& pool, float* out) const;

 private:
  size_t elements_;
  std::vector<float> copies_;
  std::vector<char> used_;  // by worker, touched by that worker alone
  std::vector<unsigned> arrival_;
  std::atomic<unsigned> arrived_ = 0;
};

}  // namespace detaudit::kernels
