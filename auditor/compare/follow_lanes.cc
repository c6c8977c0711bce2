#include "auditor/compare/alignment.h"

// How the second run follows the lanes of the first.
namespace detaudit::auditor {
namespace {

constexpr size_t kFewBytes = size_t{64} << 10;

}  // namespace

// Work that moves is in no lane.
bool Alignment::may_follow_lanes() const {
  return far_lanes_ == CompareOptions::FarLanes::kReadAgain && !gave_up_following_ &&
         !first_.any_moved() && spill_.bytes() == 0;
}

// Takes the first run's events in their order, each with the next one of its lane in the second
// run. Ends when nothing that was passed over is left.
void Alignment::follow_lanes() {
  const size_t most_waiting_bytes = 2 * memory_bytes_ + kFewBytes;
  do {
    follow_one();
    if (waiting_bytes() > most_waiting_bytes || deferred_.wasteful()) {
      gave_up_following_ = true;
      catch_up(true);
    }
  } while (more_[0] && !deferred_.empty());
  if (!more_[0]) catch_up(false);
  following_ = false;
  for (WaitingTable& table : waiting_) {
    if (table.size() == 0) table.clear();
  }
}

void Alignment::follow_one() {
  const Sighting& a = first_.identified();
  if (take_twin(Side::kFirst, a)) {
    advance(Side::kFirst);
    return;
  }
  bool is_deferred = false;
  const Sighting* b = next_of_lane(a.event->lane, is_deferred);
  if (b == nullptr) {  // the lane has ended
    ledger_.alone(Side::kFirst, a);
    advance(Side::kFirst);
    return;
  }
  const uint32_t lane = b->event->lane;
  bool first_taken = true;
  if (a.match == b->match) {
    ledger_.matched(a, *b, Arrival::kLive);
  } else if (take_twin(Side::kSecond, *b)) {
    first_taken = false;
  } else {
    waiting(Side::kFirst).insert(a);
    waiting(Side::kSecond).insert(*b);
  }
  if (first_taken) advance(Side::kFirst);
  if (is_deferred) {
    deferred_.pop(lane);
  } else {
    advance(Side::kSecond);
  }
}

const Sighting* Alignment::next_of_lane(uint32_t first_lane, bool& is_deferred) {
  const uint32_t lane = second_lane(first_lane);
  is_deferred = lane != kNoLane && deferred_.has(lane);
  if (is_deferred) return &deferred_.next(lane);
  while (more_[1]) {
    if (second_.head().event->lane == second_lane(first_lane)) {
      return &second_.identified();
    }
    deferred_.defer();
    advance(Side::kSecond);
  }
  return nullptr;
}

uint32_t Alignment::second_lane(uint32_t first_lane) {
  if (first_lane >= second_lanes_.size()) second_lanes_.resize(first_lane + 1);
  Twin& twin = second_lanes_[first_lane];
  if (twin.lane != kNoLane) return twin.lane;
  const instrument::TraceReader& reader = second_.reader();
  const uint64_t hash = first_.reader().lane_hash(first_lane);
  for (; twin.searched < reader.lanes() && twin.lane == kNoLane; ++twin.searched) {
    const auto lane = static_cast<uint32_t>(twin.searched);
    if (reader.lane_hash(lane) == hash) twin.lane = lane;
  }
  return twin.lane;
}

// What was passed over comes now. `may_come`: the twins of what has none yet.
void Alignment::catch_up(bool may_come) {
  deferred_.sweep([&](const Sighting& second) {
    if (take_twin(Side::kSecond, second)) return;
    if (may_come || spill_.bytes() > 0) {
      keep_waiting(Side::kSecond, second);
    } else {
      ledger_.alone(Side::kSecond, second);
    }
  });
}

}  // namespace detaudit::auditor
