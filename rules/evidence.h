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

// What freeing one factor, all others held, showed at one origin.
struct FactorOutcome {
  Factor factor = Factor::kSchedule;
  unsigned pairs = 0;     // pairs of runs that reached the origin with equal inputs
  unsigned diverged = 0;  // of them, outputs unequal
};

// How a divergence came into view.
enum class OriginShape {
  kOutputsDiffer,  // equal inputs (or none), unequal outputs
  kOnlyInOneRun,   // the event is missing from one run
  kEnteredUnseen,  // inputs differ though nothing recorded before did
};

// Everything known about one origin. No field is a name that the subject chose.
struct OriginEvidence {
  instrument::EventKind kind = instrument::EventKind::kOperation;
  OriginShape shape = OriginShape::kOutputsDiffer;
  unsigned inputs = 0;                 // declared inputs
  FactorOutcome held;                  // every factor held (its `factor` has no meaning)
  std::vector<FactorOutcome> freed;    // one factor freed at a time
  std::optional<instrument::ReplayRecord> replay_free;
  std::optional<instrument::ReplayRecord> replay_one_worker;
  std::optional<kernels::Magnitude> magnitude;  // from replay, or from captured buffers
  double change_scale = 0;    // as in ReplayRecord; magnitude.scale when only captures were compared
  double epsilon = 0;         // of the differing output's type; 0 when it holds no floats
  bool batch_same_samples = false;     // kBatch: the same samples in another order or batch
  bool reordered = false;              // events of its lane ran in another order before it
  std::vector<instrument::SourceRecord> entropy_reads;  // seen up to the origin, in either run
  std::vector<instrument::SourceRecord> clock_reads;
};

}  // namespace detaudit::rules
