#pragma once

#include <cuda.h>

#include <cstdint>
#include <memory_resource>
#include <vector>

#include "instrument/cupti/allocation_map.h"
#include "instrument/cupti/cell_table.h"
#include "instrument/cupti/context_work.h"
#include "instrument/cupti/sink.h"
#include "instrument/cupti/stream_order.h"

namespace detaudit::instrument::cupti {

enum class Side : uint8_t { kRead, kWritten, kReadAndWritten };

// One buffer of one piece of GPU work. Holds its cells.
struct Touch {
  Range range;
  const char* name = "";
  Side side = Side::kReadAndWritten;
  CellId before = kNoCell;  // kNoCell: no input
  CellId after = kNoCell;   // no output
  std::pmr::vector<CellId> rivals;  // digests around other work that may have run meanwhile
  bool overwritten = false;         // by such work, whatever was there before
  bool holds_addresses = false;     // which are others in each run
  bool only_addresses = false;
  bool ends_by_chance = false;      // where another thread's buffer begins, or not yet
  // The digest behind which this work is over.
  CellId witness() const { return after != kNoCell ? after : before; }
};

// One event that waits for its digests.
struct GpuRecord {
  enum class State : uint8_t {
    kOpen,       // between the call's beginning and its end
    kSubmitted,
    kLeftOut,    // failed, or nothing is to be written
  };
  explicit GpuRecord(std::pmr::memory_resource* memory)
      : touches(memory), executions(memory), swept(memory) {}

  uint64_t number = 0;  // in the order of submission, from 1
  CUcontext context = nullptr;
  uint64_t thread = 0;  // a hash of its birth
  State state = State::kOpen;
  bool in_call = true;  // the call that it is of still refers to it
  bool placed = false;
  Ticket ticket;
  StreamPoint point;
  std::pmr::vector<Touch> touches;
  CellId parameters = kNoCell;      // all that is not an address, and the grid
  uint64_t parameter_bytes = 0;
  bool parameters_sound = true;
  uint64_t submitted_before = 0;    // pieces of work in the stream when the call began
  bool torn = false;                // another thread's work came between its digests
  ContextWork* sweep = nullptr;     // of this context
  uint32_t executed = 0;            // replays that were submitted
  std::pmr::vector<CellId> executions;  // their digests, of each touch in turn
  // Of a sweep, as touches, by ordinal: the allocation, and whether work seen could reach it since the
  // last.
  struct Swept {
    uint32_t ordinal;
    bool touched;
  };
  std::pmr::vector<Swept> swept;
};

}  // namespace detaudit::instrument::cupti
