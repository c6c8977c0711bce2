#pragma once

#include <algorithm>
#include <cstdint>
#include <unordered_set>
#include <vector>

#include "auditor/compare/frontier.h"

namespace detaudit::auditor {

// What collectives passed on. One that some rank entered with other inputs, or in one run only, has
// parted: whatever it gave any rank is explained by that. From there on, what diverges in one of
// its ranks may be its doing, and so explains nothing in others: they took part themselves.
// Complete once all events were seen; outlives the pass over them.
class Collectives {
 public:
  // `collective`: the identity that its ranks share.
  void note_parted(uint64_t collective) { parted_.insert(collective); }
  bool parted(uint64_t collective) const { return parted_.contains(collective); }
  bool any() const { return !parted_.empty(); }

  // A rank had this part in one that parted.
  void note_passed(const Moment& moment) {
    if (moment.process >= passed_.size()) passed_.resize(moment.process + 1);
    Passed& own = passed_[moment.process];
    own.first = std::min(own.first, moment.first_order);
    own.second = std::min(own.second, moment.second_order);
  }
  // Whether that was earlier in its process.
  bool passed_before(const Moment& moment) const {
    if (moment.process >= passed_.size()) return false;
    const Passed& own = passed_[moment.process];
    return (moment.first_order != Moment::kNever && own.first < moment.first_order) ||
           (moment.second_order != Moment::kNever && own.second < moment.second_order);
  }

 private:
  struct Passed {
    uint64_t first = Moment::kNever, second = Moment::kNever;
  };
  std::unordered_set<uint64_t> parted_;
  std::vector<Passed> passed_;  // by process
};

}  // namespace detaudit::auditor
