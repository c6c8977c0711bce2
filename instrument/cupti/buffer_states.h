#pragma once

#include <cstdint>
#include <map>
#include <memory_resource>
#include <vector>

#include "instrument/cupti/allocation_map.h"
#include "instrument/cupti/cell_table.h"
#include "instrument/cupti/stream_order.h"

namespace detaudit::instrument::cupti {

// Work that may still run and has this buffer among those that it can reach.
struct Access {
  uint64_t record;  // number of the record
  uint32_t touch;   // index in it
  StreamPoint point;
  CellId witness;  // once it is there, the work is over
};

// What is known of one buffer between two launches.
struct BufferState {
  Range range;
  CellId last = kNoCell;   // its newest digest
  uint64_t last_at = 0;    // sequence number of the work behind which that was taken
  StreamPoint last_point;  // and where that work is
  bool contested = false;  // work beside that one may have written it after the digest
  std::pmr::vector<Access> accesses;
};

// The newest digest of every buffer and whether it still holds. A kernel that was given an address
// may write from there to the end of the allocation: the digests of what lies above it hold no longer,
// but those taken behind that very launch do. Holds its cells. Not thread-safe. Marking O(log n)
// amortised, asking O(log n).
class BufferStates {
 public:
  BufferStates(CellTable& cells, std::pmr::memory_resource* memory)
      : memory_(memory), cells_(cells), states_(memory), reach_(memory) {}

  // The state of the buffer at the range's beginning, made if needed; forgotten and made anew when
  // its length was another.
  BufferState& at(const Range& range);

  // The work numbered `sequence` may have written from `address` on.
  void mark(const Allocation& allocation, uint64_t address, uint64_t sequence);
  // It may have written anything.
  void mark_all(uint64_t sequence) { all_marked_ = sequence; }
  // The newest digest is still that of the buffer's bytes.
  bool holds(const BufferState& state, const Allocation& allocation) const;
  // The state of the buffer that begins there; null when there is none.
  BufferState* find(uint64_t begin);

  void set(BufferState& state, CellId cell, uint64_t sequence, StreamPoint point);
  void forget(const Range& range);  // unmapped
  void forget_marks(const Allocation& allocation) { reach_.erase(allocation.ordinal); }
  // body(state) for the buffers that overlap the range (of those that begin before it, the nearest).
  template <typename Body>
  void each_overlapping(const Range& range, const Body& body) {
    auto at = states_.lower_bound(range.begin);
    if (at != states_.begin() && std::prev(at)->second.range.overlaps(range)) --at;
    for (; at != states_.end() && at->first < range.end; ++at)
      if (at->second.range.overlaps(range)) body(at->second);
  }
  void forget_all();
  size_t size() const { return states_.size(); }

 private:
  struct Mark {
    uint64_t sequence, address;
  };
  void drop(BufferState& state);

  std::pmr::memory_resource* memory_;
  CellTable& cells_;
  std::pmr::map<uint64_t, BufferState> states_;
  // By allocation ordinal: marks with both members rising, since a later mark at a lower address
  // says all that an earlier one at a higher said.
  std::pmr::map<uint32_t, std::pmr::vector<Mark>> reach_;
  uint64_t all_marked_ = 0;
};

}  // namespace detaudit::instrument::cupti
