#pragma once

#include <cstdlib>
#include <memory>

#include "kernels/private_copies.h"

namespace detaudit::kernels {

// A workspace for a trial, 64-byte aligned.
inline std::shared_ptr<void> trial_workspace(size_t bytes) {
  size_t rounded = (bytes + 64) / 64 * 64;
  return {std::aligned_alloc(64, rounded), std::free};
}

// The private copies of a trial, made at its first run on a pool: the round that warms the caches.
class TrialCopies {
 public:
  explicit TrialCopies(size_t elements) : elements_(elements) {}
  PrivateCopies& begin(Pool& pool) {
    if (threads_ < pool.threads()) {
      threads_ = pool.threads();
      copies_ = std::make_shared<PrivateCopies>(threads_, elements_);
    }
    copies_->begin();
    return *copies_;
  }

 private:
  size_t elements_;
  unsigned threads_ = 0;
  std::shared_ptr<PrivateCopies> copies_;
};

}  // namespace detaudit::kernels
