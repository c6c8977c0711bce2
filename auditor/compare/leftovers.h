#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "auditor/compare/packed_event.h"
#include "auditor/compare/trace_stream.h"

namespace detaudit::auditor {

// Pairs what two runs' moved work has left when every event with an equal partner is gone. Within
// one identity, those pair first that say most about each other: equal inputs, equal outputs, the
// place in its lane, execution order. Memory: some 90 bytes an event; the caller keeps the events.
class Leftovers {
 public:
  struct Outlet {
    std::function<void(const Sighting& first, const Sighting& second)> matched;
    std::function<void(Side side, const Sighting& sighting)> alone;
  };
  Leftovers(const TraceStream& first, const TraceStream& second) : streams_{&first, &second} {}

  void add(Side side, const PackedEvent& event);
  void settle(const Outlet& outlet);  // hands out everything and forgets it

 private:
  enum class Likeness { kInputsAndLane, kInputs, kOutputs, kLane, kOrder };
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Entry {
    const PackedEvent* packed;
    uint32_t next = kNone;  // of one side and identity
  };
  // Of one identity, by side.
  struct Group {
    uint64_t identity;
    uint32_t latest[2] = {kNone, kNone};
    uint32_t count[2] = {0, 0};
  };
  // What likeness goes by, at hand: the events lie all over memory.
  struct Ranked {
    const PackedEvent* packed;
    uint64_t likeness, order;  // likeness: among those of one identity
    uint64_t inputs, outputs, place;
  };
  using Ranks = std::span<Ranked>;
  void find_groups();
  Group& group(uint64_t identity);
  void settle(const Group& group, const Outlet& outlet);
  std::vector<Ranked>& ranked(const Group& group, Side side);
  static uint64_t likeness(const Ranked& entry, Likeness by);
  static void rank(Ranks entries, Likeness by);
  static void settle_by_likeness(Ranks firsts, Ranks seconds, const Outlet& outlet);

  const TraceStream* streams_[2];
  std::vector<Entry> entries_[2];
  std::vector<Group> groups_;
  std::vector<uint32_t> slots_;  // by hash of the identity: of groups_, half of them kNone
  std::vector<Ranked> ranked_[2];
};

}  // namespace detaudit::auditor
