#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "instrument/recorder/sources.h"
#include "kernels/digest.h"

namespace detaudit::instrument {

// What a probe of another device uses of the recorder: events of lanes that no thread is, digested
// elsewhere. `Inside` must be held, and probing() true, for all of them.

// A lane "<process>:<name>"; kept for good. Null when there is no memory.
DETAUDIT_INTERNAL ThreadLane* open_lane(const char* name);

struct ForeignPlace {
  alignas(8) std::byte storage[128];
};
// Takes the place of the lane's next event of this name, in the process's step. False: it is not
// to be recorded.
DETAUDIT_INTERNAL bool place_event(ThreadLane& lane, const char* op, const char* key,
                                   ForeignPlace& place);

struct ForeignBuffer {
  const char* name;
  uint64_t bytes;
  kernels::Digest digest;  // kUnsoundDigest: not to be compared
};
// Where the event written stands, for what speaks of it.
struct ForeignWritten {
  uint64_t order = 0;
  uint32_t signature = 0;
};
DETAUDIT_INTERNAL ForeignWritten write_event(const ForeignPlace& place,
                                             std::span<const ForeignBuffer> inputs,
                                             std::span<const ForeignBuffer> outputs);
// Whether the run asks for executions of this op again.
DETAUDIT_INTERNAL bool wants_replay_of(const char* op);
struct ForeignReplay {
  uint32_t executions, distinct, unlike, worst_output;  // as in ReplayRecord
};
DETAUDIT_INTERNAL void write_replay(const ForeignPlace& place, const ForeignWritten& written,
                                    const ForeignReplay& replay);

DETAUDIT_INTERNAL void lose_events(uint64_t events, const char* why);
// A total that says what was seen; a later one of the same name replaces it.
DETAUDIT_INTERNAL void tell_coverage(const char* what, const char* of, uint64_t count);
// What a kernel's code is capable of, as SourceKind::kKernelCode has it.
DETAUDIT_INTERNAL void tell_kernel_code(const char* fact, const char* kernel, uint64_t count);
// That the library call launched the kernel.
DETAUDIT_INTERNAL void tell_launched_in(const char* call, const char* kernel, uint64_t count);

// Called once before this process's trace is finished, by whatever thread ends it.
DETAUDIT_INTERNAL void before_finish(void (*flush)());

}  // namespace detaudit::instrument
