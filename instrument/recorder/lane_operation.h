#pragma once

#include <cstdint>
#include <span>

#include "instrument/recorder/operations.h"
#include "instrument/recorder/sources.h"

struct detaudit_op;

namespace detaudit::instrument {

// Operations of a lane that is no thread's: a graph's, whichever threads of a pool execute its
// nodes. Lanes are made by open_lane (foreign.h). `Inside` must be held, and probing() true.

struct NodePlace {
  const char* op;
  const char* key;
  const char* file;  // null: not known; kept by pointer for the call alone
  uint32_t line;
};

// `bytes` bytes at `data`, to be digested; what has a digest already.
DETAUDIT_INTERNAL DeclaredBuffer operand(void* data, uint64_t bytes, kernels::DType dtype);
DETAUDIT_INTERNAL DeclaredBuffer operand(const char* name, const kernels::Digest& digest);
// Fills in the digests of those that have data.
DETAUDIT_INTERNAL void digest_operands(std::span<DeclaredBuffer> operands);

// Both take operands whose digests are filled in; those with data are kept as captures if wanted.
// Null when it is not to be recorded.
DETAUDIT_INTERNAL detaudit_op* begin_in_lane(ThreadLane& lane, const NodePlace& place,
                                             std::span<const DeclaredBuffer> inputs);
DETAUDIT_INTERNAL void end_in_lane(detaudit_op* operation,
                                   std::span<const DeclaredBuffer> outputs);

// A part of a batch: `samples` pieces of equal size, one after the other.
struct BatchPart {
  const void* data;
  uint64_t bytes;
  uint64_t samples;
};
// A batch as it arrived: a sample is known by the digest of its parts.
DETAUDIT_INTERNAL void batch_in_lane(ThreadLane& lane, const NodePlace& place,
                                     std::span<const BatchPart> parts);

// Of digests, in their order; equal lists have equal ones.
DETAUDIT_INTERNAL kernels::Digest digest_of(std::span<const kernels::Digest> digests);
DETAUDIT_INTERNAL uint64_t hash_of(const void* bytes, size_t count);

}  // namespace detaudit::instrument
