#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/digest.h"
#include "kernels/dtype.h"
#include "kernels/magnitude.h"

namespace detaudit::instrument {

enum class EventKind : uint8_t {
  kOperation = 1,  // inputs and outputs as declared
  kRngStream = 2,  // op = stream; outputs: {digest of the state}
  kBatch = 3,      // op = dataset; outputs: {ordered digest of samples, plain sum of each sample's
                   // digest: sums of batches say whether runs used the same samples}
  kMetric = 4,     // op = metric; outputs: {digest of the value}; `value` holds it
  kOutput = 5,     // op = "stdout" or a file; key = chunk; outputs: {digest of the chunk's bytes}
};
const char* event_kind_name(EventKind kind);

// What is the same in many events: names, types and sizes of an op's buffers.
struct BufferShape {
  std::string name;
  kernels::DType dtype = kernels::DType::kU8;
  uint64_t elements = 0;
};
struct Signature {
  std::vector<BufferShape> inputs;
  std::vector<BufferShape> outputs;
};

// One event as read from a trace. Valid until the next call of the reader; ids are resolved by the
// reader that gave it.
struct Event {
  EventKind kind = EventKind::kOperation;
  uint32_t lane = 0;
  uint32_t op = 0;
  uint32_t key = 0;        // 0: the subject gave none
  uint32_t signature = 0;
  uint32_t file = 0;       // 0: no location known
  uint32_t line = 0;
  uint64_t step = 0;
  uint64_t occurrence = 0;  // the how-manieth of the same (lane, kind, op, key) in this step, from 0
  uint64_t order = 0;       // position in the run's execution order, from 0
  double value = 0;         // metrics only
  std::span<const kernels::Digest> inputs;
  std::span<const kernels::Digest> outputs;
};

// Identity of an event: 64-bit mix of lane name, kind, op name, key text, step and occurrence. Equal in
// two runs for the event that means the same. identity_without_lane leaves the lane out.
uint64_t text_hash(std::string_view text);
uint64_t identity_hash(uint64_t lane_hash, EventKind kind, uint64_t op_hash, uint64_t key_hash,
                       uint64_t step, uint64_t occurrence);

// What replaying one op in place found. One per distinct (op, signature) that was replayed.
enum class ReplayMode : uint8_t {
  kFree = 0,      // workers and schedule as in the run
  kOneWorker = 1  // detaudit_workers answered 1
};
struct ReplayRecord {
  uint64_t identity = 0;  // of the event replayed
  uint32_t op = 0;
  uint32_t key = 0;
  uint32_t lane = 0;
  uint64_t step = 0;
  uint64_t order = 0;       // of the event, in execution order
  uint32_t signature = 0;   // of the event
  ReplayMode mode = ReplayMode::kFree;
  uint32_t executions = 0;  // the first one included
  uint32_t distinct = 0;    // distinct results among them
  uint32_t worst_output = 0;  // index of the output that magnitude speaks of
  kernels::Magnitude magnitude;  // first execution against the others, worst over them
  double change_scale = 0;  // what the difference is to be seen against: an in-place output's change,
                            // else the larger of its scale and the smallest scale of an input
  double seconds = 0;       // all executions
};

// A nondeterministic source that the subject read, seen by the libc probe. One per call site.
enum class SourceKind : uint8_t { kEntropy = 1, kClock = 2, kPid = 3, kThreadBirth = 4, kFileWritten = 5 };
const char* source_kind_name(SourceKind kind);
struct SourceRecord {
  SourceKind kind = SourceKind::kEntropy;
  std::string function;  // "std::random_device", "time", "getrandom"
  std::string site;      // "module+0xoffset" or the file's path for kFileWritten
  uint64_t step = 0;     // of the first reading
  uint64_t order = 0;    // events recorded before the first reading
  uint64_t count = 0;
};

}  // namespace detaudit::instrument
