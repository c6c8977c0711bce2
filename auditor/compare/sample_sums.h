#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <unordered_map>

#include "auditor/compare/trace_stream.h"
#include "kernels/digest.h"

namespace detaudit::auditor {

// Whether two runs drew the same samples from a dataset, whatever batches they made of them: sums
// of the batches' order-free digests, after each batch and over the whole run. Memory: 24 bytes for
// each batch that one run is ahead of the other, at most 64 Ki of them a dataset; runs further
// apart are only compared as wholes.
class SampleSums {
 public:
  // The next batch of a run, in that run's order.
  void note(Side side, uint64_t dataset, const instrument::Event& batch);
  // Both runs had used the same samples after equally many batches, the last of them at `order` of
  // the first run or later; or they had in the end.
  bool agree_from(uint64_t dataset, uint64_t order) const;

 private:
  struct Prefix {
    kernels::Digest sum;
    uint64_t order = 0;
  };
  struct Dataset {
    std::array<kernels::Digest, 2> sums;
    std::deque<Prefix> ahead;  // of the run that is ahead: after each batch the other lacks
    Side side_ahead = Side::kFirst;
    bool too_far_apart = false;
    bool agreed = false;
    uint64_t latest_agreement = 0;
  };
  static void level(Dataset& dataset, Side side, const Prefix& here);

  std::unordered_map<uint64_t, Dataset> datasets_;  // by hash of the name
};

}  // namespace detaudit::auditor
