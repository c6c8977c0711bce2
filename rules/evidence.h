#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "instrument/trace/event.h"

namespace detaudit::rules {

// A factor that an experiment can hold still or let vary, one at a time.
enum class Factor { kSchedule, kMemory, kEntropy, kClock, kAddresses, kHashSeed };
const char* factor_name(Factor factor);

// What one experiment on one factor showed at one origin. In `free` arms only this factor varied,
// everything else was held; in `held` arms everything was held.
struct FactorOutcome {
  Factor factor;
  unsigned free_pairs = 0;      // pairs of runs compared at the origin with equal inputs
  unsigned free_diverged = 0;   // of them, outputs unequal
};

// How a divergence came into view.
enum class OriginShape {
  kOutputsDiffer,   // equal inputs (or none), unequal outputs
  kOnlyInOneRun,    // the event is missing from one run
  kEnteredUnseen,   // inputs differ though nothing recorded before did
};

struct OriginEvidence {
  instrument::EventKind kind = instrument::EventKind::kOperation;
  OriginShape shape = OriginShape::kOutputsDiffer;
  unsigned inputs = 0;                 // declared inputs
  unsigned held_pairs = 0;             // everything held: pairs compared at the origin
  unsigned held_diverged = 0;
  std::vector<FactorOutcome> factors;
  std::optional<instrument::ReplayRecord> replay_free;
  std::optional<instrument::ReplayRecord> replay_one_worker;
  std::optional<kernels::Magnitude> magnitude;  // from replay or from captured buffers
  bool floating = false;               // the output that differs holds floats
  bool in_place = false;               // it is also an input
  bool batch_same_samples = false;     // kBatch: the same samples in another order or another batch
  bool reordered = false;              // keyed events of its lane ran in another order
  std::vector<instrument::SourceRecord> entropy_reads;  // before the origin
  std::vector<instrument::SourceRecord> clock_reads;
};

}  // namespace detaudit::rules
