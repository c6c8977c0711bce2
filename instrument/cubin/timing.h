#pragma once

#include <vector>

#include "instrument/cubin/bytes.h"

namespace detaudit::instrument {

enum class TimingKind : uint8_t {
  kPoll,       // a loop that waits for memory that other blocks write: look-back, barriers, locks
  kClock,      // reads the device's clock or timer
  kProcessor,  // reads which multiprocessor it runs on
};

// One instruction, besides atomics, by which what a kernel writes may follow when its threads run.
struct Timing {
  uint32_t offset = 0;  // bytes from the start of the function's section
  uint32_t line = 0;    // 0: not known
  uint32_t file = 0;    // index in the cubin's files, when `line` is known
  TimingKind kind = TimingKind::kPoll;
};

// Of a function's code, in order. A poll is a load that sees other blocks' writes (volatile,
// acquire, relaxed beyond the block) in a loop of at most some hundred instructions that writes no
// memory. Time linear in the code.
std::vector<Timing> read_timings(Bytes code, unsigned sm);

}  // namespace detaudit::instrument
