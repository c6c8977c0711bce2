#pragma once

#include <cstdint>

#include "auditor/compare/deferred_lanes.h"
#include "auditor/compare/ledger.h"
#include "auditor/compare/leftovers.h"
#include "auditor/compare/moved_work.h"
#include "auditor/compare/sample_sums.h"
#include "auditor/compare/spill.h"
#include "auditor/compare/step_marks.h"
#include "auditor/compare/trace_stream.h"
#include "auditor/compare/waiting_table.h"

namespace detaudit::auditor {

// Pairs the events of two streams by identity, moved work by content, and hands pairs and leftovers
// to a ledger. While both streams show a match nothing is kept; an event whose twin has not come
// waits in a table, and the stream that is behind catches up first. When the tables pass
// `memory_bytes` the second stream follows the lanes of the first: what is passed over on the way
// is read again from the trace. Where that does not help either the tables go to a spill file and
// are joined at the end, a range of identities at a time.
class Alignment {
 public:
  // When moved work that has no equal partner is settled: steps that both runs seem to have left
  // once memory is full, or all at the end.
  enum class Settling { kByStep, kAtEnd };
  Alignment(TraceStream& first, TraceStream& second, const CompareOptions& options,
            Settling settling, Ledger& ledger);

  // Reads both streams to their ends. With a `moved_work` it ends early and says false once more work
  // than the streams know of seems to have moved to other lanes, by that and by what waits: looked
  // for when much waits, and before anything is spilled.
  bool run(const MovedWork* moved_work);
  void settle();  // then hands out what is left
  const MovedOps& suspects() const { return suspects_; }
  // Why run() also ends early: an event came whose step had been settled.
  bool settled_too_early() const { return settled_too_early_; }
  uint64_t spilled_bytes() const { return spill_.bytes(); }
  uint64_t read_again() const { return deferred_.total(); }
  const SampleSums& samples() const { return samples_; }

 private:
  bool advance(Side side);
  void run_side_by_side();
  bool take_twin(Side side, const Sighting& here) {
    return others_of(side).may_have(here.match) && take_waiting_twin(side, here);
  }
  bool take_waiting_twin(Side side, const Sighting& here);
  void meet();
  void run_out(Side side);
  bool may_follow_lanes() const;
  void follow_lanes();
  void follow_one();
  const Sighting* next_of_lane(uint32_t first_lane, bool& is_deferred);
  uint32_t second_lane(uint32_t first_lane);
  void catch_up(bool may_come);
  void keep_waiting(Side side, const Sighting& sighting);
  bool gave_up() const { return settled_too_early_ || !suspects_.empty(); }
  void make_room();
  bool may_settle_steps() const;
  void settle_steps();
  void settle_leftovers();
  void look_for_moved(uint64_t steps);
  void spill_waiting();
  void join_spilled();
  void match_late(const PackedEvent& first, const PackedEvent& second);
  void load(size_t partition);
  uint64_t bytes_to_load(size_t partition);
  void drain();

  size_t waiting_bytes() const {
    return waiting_[0].memory_bytes() + waiting_[1].memory_bytes();
  }
  bool& more(Side side) { return more_[static_cast<size_t>(side)]; }
  WaitingTable& waiting(Side side) { return waiting_[static_cast<size_t>(side)]; }
  WaitingTable& others_of(Side side) {
    return waiting(side == Side::kFirst ? Side::kSecond : Side::kFirst);
  }
  TraceStream& stream(Side side) { return side == Side::kFirst ? first_ : second_; }

  TraceStream& first_;
  TraceStream& second_;
  Ledger& ledger_;
  size_t memory_bytes_;
  const CompareOptions::FarLanes far_lanes_;
  const MovedWork* moved_work_ = nullptr;
  bool looked_early_ = false;
  MovedOps suspects_;
  const Settling settling_;
  size_t settle_at_bytes_;
  size_t enough_waits_;  // bytes; beyond, room is made
  StepMarks marks_;
  bool settled_too_early_ = false;
  bool more_[2] = {false, false};  // a stream's head is there and was not taken
  bool following_ = false, gave_up_following_ = false, looked_before_following_ = false;
  DeferredLanes deferred_;  // of the second run
  struct Twin {
    uint32_t lane = kNoLane;
    size_t searched = 0;
  };
  static constexpr uint32_t kNoLane = UINT32_MAX;
  std::vector<Twin> second_lanes_;  // by the first run's lane
  WaitingTable waiting_[2], kept_[2];  // kept_: empty but in settle_steps()
  Leftovers leftovers_;
  SampleSums samples_;
  Spill spill_;
};

inline bool Alignment::advance(Side side) {
  TraceStream& run = stream(side);
  more(side) = run.advance();
  if (!more(side)) {
    marks_.note_end(side);
    return false;
  }
  const Sighting& here = run.head();
  const instrument::Event& event = *here.event;
  if (event.kind == instrument::EventKind::kBatch) {
    samples_.note(side, run.reader().hash(event.op), event);
  }
  if (here.moved && !marks_.note(side, run, event)) settled_too_early_ = true;
  return true;
}

}  // namespace detaudit::auditor
