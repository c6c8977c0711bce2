#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "instrument/cubin/code_fact.h"
#include "instrument/trace/event.h"

namespace detaudit::rules {

// A factor that an experiment can hold still or let vary, one at a time.
enum class Factor {
  kSchedule,
  kMemory,
  kEntropy,
  kClock,
  kAddresses,
  kHashSeed,
  kProcessId,
  kEarlierFiles,  // files that earlier runs left
  kFolderOrder,   // in which folders give their entries
};
const char* factor_name(Factor factor);

// What freeing one factor, all others held, showed at one origin.
struct FactorOutcome {
  Factor factor = Factor::kSchedule;
  unsigned pairs = 0;     // pairs of runs that reached the origin with equal inputs
  unsigned diverged = 0;  // of them, outputs unequal
};

// Executions of one operation on equal inputs, over all replays of one mode.
struct ReplayCount {
  unsigned executions = 0;
  unsigned unlike = 0;  // that gave another result than the commonest
};

// What replays on inputs of which sums are exact showed: there the order of additions cannot.
struct ExactReplays {
  ReplayCount count;
  double change = 0;    // what the operation did to the output spoken of; 0: nothing was to be seen
  double share = 0;     // largest difference, as a share of that
};

// The machine code of the kernel at the origin, as the runs loaded it.
struct OriginCode {
  bool whole = false;  // all that the kernel may run was read
  std::vector<instrument::CountedFact> facts;
};

// What a call of a vendor's library chose or was given, in each of two runs; what only one has,
// first.
struct LibraryChoice {
  std::vector<std::string> here, there;
};

// Whose operation the origin is, where an adapter recorded it.
enum class Framework { kNone, kPyTorch, kTensorFlow, kJax };

// How a divergence came into view.
enum class OriginShape {
  kOutputsDiffer,  // equal inputs (or none), unequal outputs
  kOnlyInOneRun,   // the event is missing from one run
  kEnteredUnseen,  // inputs differ though nothing recorded before did
  kEndsDiffer,     // the program's exit code or signal
};

// Everything known about one origin. No field is a name that the subject chose, and `stream`, which
// it could imitate, words a fix and decides no cause.
struct OriginEvidence {
  instrument::EventKind kind = instrument::EventKind::kOperation;
  OriginShape shape = OriginShape::kOutputsDiffer;
  unsigned inputs = 0;                 // declared inputs
  unsigned arms = 0;                   // control arms that were run
  FactorOutcome held;                  // every factor held (its `factor` has no meaning)
  std::vector<FactorOutcome> freed;    // one factor freed at a time
  unsigned tests = 1;                  // looks at factors that the experiments may take, in all
  std::optional<instrument::ReplayRecord> replay_free;
  std::optional<instrument::ReplayRecord> replay_one_worker;
  ReplayCount replays_free, replays_one_worker;  // of operations that varied
  ExactReplays equal_inputs, coarse_inputs;
  std::optional<kernels::Magnitude> magnitude;  // from replay, or from captured buffers
  double change_scale = 0;    // as in ReplayRecord; magnitude.scale if only captures were compared
  double epsilon = 0;         // of the differing output's type; 0 when it holds no floats
  bool batch_same_samples = false;     // kBatch: the same samples in another order or batch
  bool permuted = false;               // the runs' buffers or words are the same, in another order
  unsigned held_in_other_order = 0;    // of the held pairs that parted, those that are the same so
  bool concurrent = false;             // several threads, or processes
  bool reordered = false;              // events of its lane ran in another order before it
  std::vector<instrument::SourceRecord> entropy_reads;  // seen up to the origin, in either run
  std::vector<instrument::SourceRecord> clock_reads;
  std::vector<instrument::SourceRecord> framework_calls;  // of both, what adapters saw asked for
  std::vector<instrument::SourceRecord> unordered_calls;  // what asked a framework for no order
  Framework framework = Framework::kNone;
  std::string stream;  // kRngStream: as an adapter names what was seeded, "torch.default_generator"
  std::optional<OriginCode> code;             // of a kernel whose module was seen
  std::optional<LibraryChoice> choice;        // of an event that is one
  std::vector<std::string> launched_in;       // library calls that launched the kernel
  std::vector<std::string> launched_instead;  // by the same calls, in runs without it only
  std::vector<std::string> not_replayed;      // why the kernel was not executed again
  bool left_by_earlier_run = false;  // an output of the first run alone, which all others opened
  std::vector<std::string> folders_reordered;  // equal entries in another order in another run
  std::vector<std::string> library_settings;  // what else is known of the libraries, in any run
};

}  // namespace detaudit::rules
