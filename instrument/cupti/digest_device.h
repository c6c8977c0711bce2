#pragma once

#include <cuda.h>

#include <cstdint>
#include <span>

#include "kernels/digest.h"

namespace detaudit::instrument::cupti {

// Digest `bytes` bytes at `address` into `slot`.
struct DigestJob {
  uint64_t address;
  uint64_t bytes;
  uint32_t slot;
};

// A digest that a graph computed when it was launched: of the job `node`, in the order of launches.
struct GraphDigest {
  uint32_t node;
  kernels::Digest digest;
  bool lost = false;  // some before it will never be known: which run this is of is not either
};

// Digests computed by the device, in stream order. Results appear in slots, one for every cell of
// the recorder. Thread-safe as said; calls of the driver are made from here and nowhere else.
class DigestDevice {
 public:
  virtual ~DigestDevice() = default;
  virtual uint32_t slots() const noexcept = 0;
  // Makes the context ready. Not while a stream captures. Null, or why not.
  virtual const char* prepare(CUcontext context) noexcept = 0;
  virtual bool ready(CUcontext context) const noexcept = 0;
  virtual void forget(CUcontext context) noexcept = 0;  // it is about to be destroyed
  // After what was submitted to the stream so far. Any thread. How many of the jobs, from the first
  // on, were submitted.
  virtual size_t enqueue(CUcontext context, CUstream stream,
                         std::span<const DigestJob> jobs) noexcept = 0;
  // Into the graph that the stream captures: `slot` of the jobs names the node.
  virtual bool capture(CUcontext context, CUstream stream, std::span<const DigestJob> jobs) noexcept = 0;
  // True once the slot's digest is there. Reading frees the slot for another job.
  virtual bool poll(uint32_t slot, kernels::Digest& digest) noexcept = 0;
  // The next digest of a captured job; false: none yet.
  virtual bool poll_graph(GraphDigest& digest) noexcept = 0;
  // Digests of captured jobs that can lie unread.
  virtual uint32_t graph_slots() const noexcept = 0;
};

}  // namespace detaudit::instrument::cupti
