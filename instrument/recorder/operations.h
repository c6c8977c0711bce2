#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "instrument/recorder/thread_lane.h"
#include "instrument/trace/pages.h"
#include "instrument/trace/event.h"
#include "kernels/digest.h"
#include "kernels/dtype.h"

namespace detaudit::instrument {

// A buffer as the subject declared it, made safe: a known type, and no elements without data, unless
// the subject gave the digest of what cannot be read here.
struct DeclaredBuffer {
  const char* name;
  void* data;
  uint64_t elements;
  uint64_t bytes;
  kernels::DType dtype;
  kernels::Digest digest;

  bool is_given() const { return data == nullptr && bytes > 0; }
};

// Where an event is: what its identity is made of, ids of the current trace file included.
struct Place {
  uint32_t lane, op, key, file, line;
  uint32_t file_generation;
  uint64_t lane_hash, process_hash, op_hash, key_hash;
  uint64_t step, occurrence;
  EventKind kind;
  Phase phase;
};

// An operation between its begin and its end. Its arrays are kept for the next one in the slot.
struct Operation {
  enum class State : uint32_t { kFree, kOpen, kEnding };
  State state;
  uint32_t generation;  // makes handles of earlier operations in this slot stale
  uint32_t next_free;
  const ThreadLane* thread;  // whose it is; its pages stay when the thread ends
  uint64_t thread_birth;
  char name[48];       // for messages
  Place place;
  PageArray<DeclaredBuffer> inputs, outputs;
  uint32_t input_count, output_count;

  void belongs_to(const ThreadLane& lane);
  // False when there is no memory.
  bool add_input(const DeclaredBuffer& buffer);
  bool add_output(const DeclaredBuffer& buffer);
  std::span<DeclaredBuffer> input_span() { return {inputs.data(), input_count}; }
  std::span<DeclaredBuffer> output_span() { return {outputs.data(), output_count}; }
  std::span<const DeclaredBuffer> input_span() const { return {inputs.data(), input_count}; }
  std::span<const DeclaredBuffer> output_span() const { return {outputs.data(), output_count}; }
};

// A fixed pool of operations. A handle is an index and a generation, never a pointer, so that a
// stale or foreign one is recognised. Not thread-safe: the recorder's lock is held.
class Operations {
 public:
  static constexpr uint32_t kMost = 4096;
  using Handle = uintptr_t;  // never 0

  Operation* take(Handle& handle);  // null when all are open
  Operation* find(Handle handle);   // null unless it is open
  void give_back(Operation& operation);
  // Those that nobody will end: of the thread that exits, or of one that has ended. Not those of
  // an earlier trace file, which a fork's parent began and ends.
  uint32_t lost_with(const ThreadLane& exiting, uint32_t file_generation) const;

 private:
  bool prepare();
  PageArray<Operation> slots_;
  uint32_t first_free_ = 0;  // index + 1
};

}  // namespace detaudit::instrument
