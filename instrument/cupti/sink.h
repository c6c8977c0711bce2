#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/digest.h"

namespace detaudit::instrument::cupti {

// Memory that a GPU event read or wrote, as it was digested.
struct GpuBuffer {
  const char* name;
  uint64_t bytes;
  kernels::Digest digest;
  bool sound;  // false: other work may have written it meanwhile; not to be compared
};

// An event's place in its lane, kept until its digests are known.
struct Ticket {
  alignas(8) std::byte storage[128];
};

// What executions of one launch on equal inputs gave, the subject's own included.
struct ReplayCounts {
  uint32_t executions = 0;
  uint32_t distinct = 0;
  uint32_t unlike = 0;        // with another result than the commonest
  uint32_t worst_output = 0;  // one that differed
};

// Where events go: the recorder, or a test. Never throws; called by one thread at a time.
class Sink {
 public:
  virtual ~Sink() = default;
  // Takes the next place of this name in the lane; false: it is not to be recorded.
  virtual bool place(const char* lane, const char* op, const char* key, Ticket& ticket) noexcept = 0;
  virtual void write(const Ticket& ticket, std::span<const GpuBuffer> inputs,
                     std::span<const GpuBuffer> outputs) noexcept = 0;
  // Of the event just written.
  virtual void replayed(const Ticket& ticket, const ReplayCounts& counts) noexcept = 0;
  virtual void lose(uint64_t events, const char* why) noexcept = 0;
  // A total at the end: launches seen, digested, left out and why.
  virtual void cover(const char* what, const char* of, uint64_t count) noexcept = 0;
  // What a launched kernel's code is capable of: an encoded CodeFact.
  virtual void tell_code(const char* fact, const char* kernel, uint64_t count) noexcept = 0;
  // How the calling thread was born, as its lane names it ("/t1/t0"); "" of the process's first.
  // The same in every run, unlike its id. Valid as long as the thread is.
  virtual const char* thread() noexcept = 0;
  // The library call that the calling thread is in; null: in none.
  virtual const char* library_call() noexcept = 0;
  virtual void tell_launched_in(const char* call, const char* kernel, uint64_t count) noexcept = 0;
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual uint64_t now_ns() noexcept = 0;
  virtual void sleep_ns(uint64_t ns) noexcept = 0;
};

}  // namespace detaudit::instrument::cupti
