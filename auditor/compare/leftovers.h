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
// place in its lane, execution order. Memory: some 70 bytes an event; the caller keeps the events.
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
  struct Entry {
    uint64_t identity, order;
    uint64_t likeness;  // among those of one identity
    const PackedEvent* packed;
  };
  using Entries = std::span<Entry>;
  uint64_t likeness(Side side, const Entry& entry, Likeness by) const;
  void rank(Side side, Entries entries, Likeness by) const;
  void sort(std::vector<Entry>& entries);
  void settle_one_identity(Entries firsts, Entries seconds, const Outlet& outlet) const;

  const TraceStream* streams_[2];
  std::vector<Entry> entries_[2];
  std::vector<Entry> placed_;
  std::vector<uint32_t> places_;
};

}  // namespace detaudit::auditor
