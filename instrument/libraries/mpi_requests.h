#pragma once

#include <cstdint>
#include <span>

#include "instrument/libraries/mpi_world.h"
#include "instrument/recorder/library_operation.h"

namespace detaudit::instrument {

// Collectives that were begun and end in another call, by their requests: a fixed number of them.
inline constexpr uint32_t kMostPending = 256;
inline constexpr size_t kMostPendingOutputs = 4;

// A request as it is stored where MPI was told to store it.
Word request_at(const void* site, const void* requests, uint32_t number);

// `event`: of begin_library_operation. False: there is no room, and the event was ended.
bool remember_pending(Word request, uintptr_t event, std::span<const CallBuffer> outputs);

// The span of a call that may end some of the requests that it is given: those of which MPI takes
// the handles away. Their events are written when it is over.
class Completion {
 public:
  Completion(const void* site, uint32_t count, const void* requests);
  ~Completion();
  Completion(const Completion&) = delete;
  Completion& operator=(const Completion&) = delete;

 private:
  const void* site_;
  const void* requests_;
  uint32_t waited_ = 0;
  uint16_t pending_[kMostPending];  // places in the table
  uint32_t number_[kMostPending];   // where in `requests`
};

}  // namespace detaudit::instrument
