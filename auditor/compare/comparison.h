#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "instrument/trace/event.h"
#include "kernels/digest.h"

namespace detaudit::auditor {

// How one event fared in two runs.
enum class EventOutcome {
  kAgrees,        // outputs equal (whatever the inputs)
  kOrigin,        // inputs equal or none, outputs unequal
  kPropagated,    // inputs unequal, outputs unequal
  kOnlyInFirst,
  kOnlyInSecond,
  kAbsent,        // in neither (asked for through CompareOptions::watch)
};

// Where an event is, in words that do not depend on the trace it came from.
struct EventPlace {
  instrument::EventKind kind = instrument::EventKind::kOperation;
  instrument::Phase phase = instrument::Phase::kUnknown;
  std::string op, key, lane;
  uint64_t step = 0;
  uint64_t occurrence = 0;
  uint64_t order = 0;        // in the first run (in the second when only there)
  uint64_t identity = 0;     // identity_without_lane when lanes shared out this op as it came
  uint32_t process = 0;      // in the same run: the index of its file, by birth
  std::string file;          // location, empty when unknown
  uint32_t line = 0;
};

enum class DivergenceShape {
  kOutputsDiffer,
  kOnlyInOneRun,
  kEnteredUnseen,
  kEndsDiffer,  // no event: the program's exit code or signal
};

// Origins of one kind and op, over all steps: what becomes one finding.
struct OriginGroup {
  DivergenceShape shape = DivergenceShape::kOutputsDiffer;
  bool only_in_first = false;          // kOnlyInOneRun: which one
  bool at_end = false;                 // kOnlyInOneRun: no later event of its lane is in both runs
  EventPlace first;                    // the earliest by step, then order
  bool replayed_only = false;          // known by replay alone: no origin of the runs compared
  uint64_t occurrences = 0;
  std::vector<uint64_t> identities;    // of the first occurrences, at most 8
  std::vector<uint32_t> outputs;       // indices of outputs that differ at `first`
  instrument::Signature signature;     // of `first`
  bool in_place = false;               // a differing output is also an input by name
  bool batch_same_samples = false;     // kBatch: order-free digests agree, or the same samples
                                       // (as a multiset) had been used after some later batch
  bool in_other_order = false;         // of a lone sweep of the GPU: threads gave work otherwise
  bool reordered = false;              // the lane ran matched events in another order up to here
};

struct StepBin {
  uint64_t first_step = 0, last_step = 0;
  uint64_t compared = 0, origins = 0, propagated = 0, missing = 0;
};

// By op name. Several kinds under one name: all but the first of EventKind as "name (kind)".
struct OperationCount {
  instrument::EventKind kind = instrument::EventKind::kOperation;
  uint64_t events = 0, origins = 0, propagated = 0;  // events: in both (in the run, for RunFacts)
};

struct MetricSeries {
  uint64_t compared = 0;
  double max_abs_difference = 0;   // infinity when exactly one is NaN
  double last_first = 0, last_second = 0;  // of the last event in the first run's order
  uint64_t unpaired = 0;           // values in one run only
  bool not_a_number = false;       // in either run: no difference can be told
};

inline constexpr size_t kMaximumGroups = 1000;

// Two runs, aligned by identity. An event that a subject recorded twice under one identity pairs
// with the nearest one. Where lanes share out an op's events in different ways in the two runs,
// those pair wherever they ran: by key, and by equal content first.
struct Comparison {
  uint64_t compared = 0;       // events in both
  uint64_t agreeing = 0, origins = 0, propagated = 0;
  uint64_t only_in_first = 0, only_in_second = 0;
  uint64_t inputs_differed = 0;  // events in both whose inputs differ: not tested, whatever they wrote
  uint64_t reordered = 0;      // matched events that ran in another order in their lane; once
                               // events were spilled, at least so many
  uint64_t lanes = 0;          // in both
  std::vector<std::string> unaligned_lanes;  // in one run only, with an event that is, too
  std::vector<OriginGroup> groups;           // by step, then order: the first kMaximumGroups
  uint64_t groups_left_out = 0, occurrences_left_out = 0;  // those after them
  std::vector<StepBin> timeline;             // at most 256 bins
  std::map<std::string, OperationCount> operations;
  std::map<std::string, MetricSeries> metrics;
  std::map<uint64_t, EventOutcome> watched;
  uint64_t spilled_bytes = 0;
  uint64_t read_again = 0;     // events of the second run that were passed over at first
  bool identical() const { return origins + propagated + only_in_first + only_in_second == 0; }
};

struct CompareOptions {
  std::vector<uint64_t> watch;               // identities whose outcome the caller wants
  uint64_t last_step = UINT64_MAX;           // leave out later events
  // Unmatched events beyond this spill to disk: so few that a core's cache holds them, since
  // writing them out costs less than looking for them in memory.
  size_t memory_bytes = size_t{4} << 20;
  // What becomes of lanes that are further apart than that: they are read again from the trace, and
  // spill only where this does not help; or they spill at once.
  enum class FarLanes { kReadAgain, kSpill };
  FarLanes far_lanes = FarLanes::kReadAgain;
  std::filesystem::path spill_directory;     // empty: the system's temporary directory
};

// Compares the traces of two runs. Streams both; memory is bounded by options.memory_bytes plus
// names. Reads them twice when a divergence came to light after events that it explains. Throws reports::DiagnosticError for an unreadable trace or a spill that cannot be written.
Comparison compare_runs(const std::filesystem::path& first, const std::filesystem::path& second,
                        const CompareOptions& options);

// What one run's trace says by itself.
struct RunFacts {
  uint64_t events = 0;
  uint64_t last_step = 0;
  bool any_operation = false;
  bool finished = false;
  bool lossy = false;
  std::string lossy_reason;
  kernels::Digest digest;      // over (step, op, key, output digests) sorted by key: free of lanes
  std::map<std::string, OperationCount> operations;
  std::vector<std::string> lanes;
  std::vector<instrument::ReplayRecord> replays;        // op, key and lane ids resolved below
  std::vector<std::string> replay_ops, replay_keys, replay_lanes, replay_files;
  std::vector<instrument::Signature> replay_signatures;
  std::vector<instrument::SourceRecord> sources;
};
RunFacts read_run(const std::filesystem::path& run);

}  // namespace detaudit::auditor
