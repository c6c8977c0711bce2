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
  kCollective = 6,  // an operation that several processes take part in: those of one op, key, step
                    // and occurrence; inputs and outputs are this process's
};
const char* event_kind_name(EventKind kind);

// What a model was doing while an event happened, where an adapter knows. No part of its identity.
enum class Phase : uint8_t {
  kUnknown = 0,
  kTraining = 1,      // gradients are computed, or applied
  kEvaluation = 2,    // a module in evaluation mode, a loop that evaluates or predicts
  kGradientsOff = 3,  // a module in training mode, where no gradient is kept
};

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

// The digest of memory that other work may have written while it was read: equal to nothing.
inline constexpr kernels::Digest kUnsoundDigest{~uint64_t{0}, ~uint64_t{0}};

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
  Phase phase = Phase::kUnknown;
};

// Identity of an event: 64-bit mix of lane name, kind, op name, key text, step and occurrence. Equal in
// two runs for the event that means the same.
uint64_t text_hash(std::string_view text);
uint64_t identity_hash(uint64_t lane_hash, EventKind kind, uint64_t op_hash, uint64_t key_hash,
                       uint64_t step, uint64_t occurrence);

// Identity of an event wherever in its process it ran: all that identity_hash mixes but the lane,
// and of the occurrence only how often the steps had begun again, since the rest counts within a
// lane. Events of one op and step share it when they have no key.
uint64_t identity_without_lane(uint64_t process_hash, EventKind kind, uint64_t op_hash,
                               uint64_t key_hash, uint64_t step, uint64_t occurrence);
uint64_t process_hash(std::string_view lane_name);  // of the process that the lane is in

// What replaying one op in place found. One per distinct (op, signature) that was replayed.
enum class ReplayMode : uint8_t {
  kFree = 0,      // workers and schedule as in the run
  kOneWorker = 1,  // detaudit_workers answered 1
  // As kFree, on other inputs: sums of them are exact, so that their order cannot show.
  kEqualInputs = 2,  // all elements of a float input one power of two
  kCoarseInputs = 3  // eighths of a power of two, from 1 to 8
};
struct ReplayRecord {
  uint64_t identity = 0;  // of the event replayed
  uint32_t op = 0;
  uint32_t key = 0;
  uint32_t lane = 0;
  uint64_t step = 0;
  uint64_t order = 0;       // of the event, in execution order
  uint32_t signature = 0;   // of the event
  uint32_t file = 0;        // of the event; 0: no location known
  uint32_t line = 0;
  ReplayMode mode = ReplayMode::kFree;
  uint32_t executions = 0;  // the first one included
  uint32_t distinct = 0;    // distinct results among them
  uint32_t unlike = 0;      // executions that gave another result than the commonest
  uint32_t worst_output = 0;  // index of the output that magnitude speaks of
  kernels::Magnitude magnitude;  // first execution against the others, worst over them
  double change_scale = 0;  // what the difference is to be seen against: an in-place output's change,
                            // else the larger of its scale and the smallest scale of an input;
                            // on other inputs: its change, or its scale
  double seconds = 0;       // all executions
};

// A nondeterministic source that the subject read, seen by the libc probe. One per call site.
enum class SourceKind : uint8_t {
  kEntropy = 1,
  kClock = 2,
  kPid = 3,
  kThreadBirth = 4,
  kFileWritten = 5,
  kFileRemoved = 6,      // or moved away; a folder stands for all in it
  kUnseenProcess = 7,    // a program was started that no probe reaches; function: why
  kFileInherited = 8,    // a file as an earlier run left it was opened, other than to empty it
  kFirstWrite = 9,       // who wrote to an output first: function: "CHUNK PATH", site: "CALL at MODULE+0xOFFSET",
                         // count: a FirstWrite (first_write.h)
  kRenamed = 10,         // function: the new path, site: the old one
  kNameMade = 11,        // the system chose a file's name: function: its pattern, site: the path
  kProcessNumber = 31,   // function: a process's name, site: its id, as it was told
  kFolderRead = 12,      // the entries of a folder: function: a digest of their names in order, site: the path
  kSystemRead = 13,      // what the system tells: function: the call, site: the file or variable
  kNetwork = 14,         // function: the call, site: the other end
  kSaved = 15,           // what a file held when it was written over: function: "N DIGEST", site: the path
  kCoverage = 16,        // no source: a total of what a probe saw; function = what, site = of what
  kKernelCode = 17,      // no source: what a kernel's code is capable of; function: a CodeFact
                         // (instrument/cubin/code_fact.h), site: the kernel, count: instructions
  kLibrarySetting = 18,  // no source: what was asked of a vendor's library; function: the call
  kLibraryChoice = 19,   // the same, of an event: what a call chose, or a generator's seed
  kLaunchedIn = 20,      // no source: function: the library call, site: a kernel launched in it
  kAdapter = 21,         // no source: an adapter is at work; function: on what, site: its version
  kAdapterPhase = 30,    // no source: function: "training" or "inference", site: what showed it
  kAdapterUnordered = 29,  // an order that nothing fixes was asked for: function: what, site: where
  kAdapterPrinted = 32,  // no source: text for stdout; function: "OFFSET HEX", its first bytes, site: the
                         // line that prints it, empty: what follows is not known
  kAdapterOpened = 33,   // no source: function: a file, site: the line that opens it to write
  kAdapterUnseen = 22,   // no source: function: what an adapter could not see, site: where, or of what
  kUnseenCall = 24,      // no source: a library call that was not recorded; function: why, site: it
  kWatchedProcess = 25,  // as kUnseenProcess, of a program whose files were seen from outside
  kModule = 23,          // no source: function: a module that sites name, site: its file, count: when
                         // that was written, ns
};
const char* source_kind_name(SourceKind kind);
struct SourceRecord {
  SourceKind kind = SourceKind::kEntropy;
  std::string function;  // "std::random_device", "time", "getrandom"
  std::string site;      // "module+0xoffset"; the path, for files and programs
  uint64_t step = 0;     // of the first reading
  uint64_t order = 0;    // events recorded before the first reading
  uint64_t count = 0;
  uint32_t process = 0;  // the index of its file, by birth: within one, records stand as they came
};

}  // namespace detaudit::instrument
