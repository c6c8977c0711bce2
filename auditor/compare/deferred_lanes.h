#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "auditor/compare/trace_stream.h"
#include "instrument/trace/event_cursor.h"

namespace detaudit::auditor {

// Events of one run that were passed over because the other run's lanes come in another order. They
// stay in the trace, where each lane is read again from its first one on when its turn has come:
// nothing of them is kept. Memory: a buffer of 64 KiB for each of at most 256 lanes.
class DeferredLanes {
 public:
  explicit DeferredLanes(const TraceStream& stream) : stream_(stream) {}

  void defer();  // the event that the stream has at hand
  bool empty() const { return left_ == 0; }
  uint64_t total() const { return total_; }  // events deferred so far
  bool has(uint32_t lane) const { return lane < lanes_.size() && lanes_[lane].left > 0; }
  const Sighting& next(uint32_t lane);  // the lane's first, valid until pop()
  void pop(uint32_t lane);
  // More is read in vain, for lanes that are not asked for, than this is worth; or there are too
  // many lanes.
  bool wasteful() const;
  // Hands out all that is left in the order of the trace.
  void sweep(const std::function<void(const Sighting&)>& sink);

 private:
  // All events of the lane in one file that were deferred and not handed out: no other event of the
  // lane lies between them.
  struct Stretch {
    instrument::RecordPlace begin;
    uint64_t from_order = 0;
    uint64_t events = 0;
  };
  struct Lane {
    std::vector<Stretch> stretches;  // one a file
    uint64_t left = 0;
    std::unique_ptr<instrument::EventCursor> cursor;
    uint32_t cursor_file = 0;
    bool sought = false, at_hand = false;
    Sighting next;
  };
  void take(Lane& lane, uint64_t order);
  void read_next(uint32_t lane_id, Lane& lane);
  void sweep_file(uint32_t file, const std::function<void(const Sighting&)>& sink);

  const TraceStream& stream_;
  std::vector<Lane> lanes_;  // by the stream's lane
  size_t cursors_ = 0;
  uint64_t left_ = 0, total_ = 0, taken_ = 0, passed_ = 0;
};

}  // namespace detaudit::auditor
