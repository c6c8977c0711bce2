#pragma once

#include <cstdint>
#include <span>

#include "instrument/recorder/sources.h"
#include "kernels/dtype.h"

namespace detaudit::instrument {

// Memory that a library call reads or writes: a vector, a matrix or a triangle of one. `runs`
// stretches of `length` elements, `stride` elements apart; what lies between them is never read.
struct CallBuffer {
  enum class Part : uint8_t {
    kAll,
    kToDiagonal,    // of run j the elements up to number j
    kFromDiagonal,  // of run j those from number j on
  };
  const char* name;
  const void* data;
  kernels::DType dtype;
  uint32_t parts;  // of the type an element has: 2 when complex
  uint64_t runs, length, stride;
  Part part = Part::kAll;
  bool without_diagonal = false;

  uint64_t elements() const;
  bool gap_free() const;  // one stretch of memory
};

inline CallBuffer plain(const char* name, const void* data, uint64_t elements,
                        kernels::DType dtype = kernels::DType::kU8) {
  return {name, data, dtype, 1, elements ? uint64_t{1} : 0, elements, elements};
}

// A call as an event of the calling thread, an operation or a collective: its inputs are digested,
// `body` is executed, its outputs are digested. An operation is executed again on the same inputs
// where replays are asked for and nothing lies between a buffer's elements. Not recorded when the
// process does not record or the thread is in an operation that is replayed. Inside must not be
// held; what body throws goes through.
DETAUDIT_INTERNAL void run_library_operation(EventKind kind, const char* name, const char* key,
                                             std::span<const CallBuffer> inputs,
                                             std::span<const CallBuffer> outputs,
                                             void (*body)(void*), void* context);

// The same for what ends in another call: its inputs are digested at its begin, and its outputs at
// its end. 0 when it is not recorded. What never ends is counted as lost.
DETAUDIT_INTERNAL uintptr_t begin_library_operation(EventKind kind, const char* name,
                                                    const char* key,
                                                    std::span<const CallBuffer> inputs);
DETAUDIT_INTERNAL void end_library_operation(EventKind kind, uintptr_t event,
                                             std::span<const CallBuffer> outputs);
DETAUDIT_INTERNAL void forget_library_operation(uintptr_t event);  // it is lost

// Most buffers of one side; more are lost, which is counted.
inline constexpr size_t kMostCallBuffers = 16;

// A library has no such function, though something calls it: the trace is lossy. `Inside` is held.
DETAUDIT_INTERNAL void count_missing_function(const char* name);

}  // namespace detaudit::instrument
