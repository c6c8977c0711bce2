#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "auditor/compare/trace_stream.h"

namespace detaudit::auditor {

// Finds the ops whose events the lanes of two runs share out in different ways, as a pool does that
// hands work to whichever thread is free. Is told of every event but those that have an equal twin
// in their lane.
// An op has moved when both runs have as many events of one key, of one content, or of the same
// inputs, and not in the same lanes: lanes that only differ in the order of their events keep it.
// The result depends neither on the order of notes nor on how events were paired. Memory: at most
// kSample entries; beyond, hashes are sampled, and work is missed of which less than some
// 10 / kSample moved.
class MovedWork {
 public:
  static constexpr size_t kSample = size_t{1} << 18;

  // An event without a twin.
  void note(Side side, const TraceStream& stream, const Sighting& sighting);
  // Twins that differ, or are not in one lane. What is equal in both leaves no trace.
  void note_pair(const TraceStream& first_stream, const Sighting& first,
                 const TraceStream& second_stream, const Sighting& second);
  MovedOps find();

 private:
  struct Entry {
    uint64_t hash = 0;  // 0: none
    uint64_t op_in_process = 0;
    uint64_t lanes = 0;   // hashes of the first run's, less those of the second's
    uint64_t events = 0;  // likewise
  };
  struct Traits {
    uint64_t content = 0, inputs = 0, key = 0;  // 0: has none
  };
  static uint64_t anywhere(const TraceStream& stream, const Sighting& sighting);
  static Traits traits_of(const Sighting& sighting, uint64_t anywhere);

  bool sampled(uint64_t hash) const { return hash - 1 < sampled_below_; }
  void add(const Entry& part);
  void settle();
  Entry& entry(uint64_t hash);
  void rebuild(size_t slots);

  std::vector<Entry> slots_;       // open addressing, half of them empty
  std::array<Entry, 32> pending_;  // their slots are on their way from memory
  size_t pending_count_ = 0;
  size_t entries_ = 0;
  uint64_t sampled_below_ = UINT64_MAX;
};

}  // namespace detaudit::auditor
