#pragma once

#include <cstdint>

#include "instrument/recorder/foreign.h"

namespace detaudit::instrument {

// TensorFlow numbers each execution of a function. Those that the program's own threads began, by
// calling an operation or a function, are what an audit follows; those of an input pipeline run
// ahead on threads of its own, in no order that means anything: their results are seen as they
// arrive. Thread-safe.

// A number was drawn for an execution that the calling thread begins.
void begin_execution(int64_t step_id);
// The lane of the execution; null: it is not followed. Those without a number (0) are the calling
// thread's own: it executes the one kernel, such as a function that XLA compiled, itself.
ThreadLane* lane_of_execution(int64_t step_id);
// Whether the calling thread executes a kernel: what begins then is not the program's own.
class KernelScope {
 public:
  KernelScope();
  ~KernelScope();
  KernelScope(const KernelScope&) = delete;
  KernelScope& operator=(const KernelScope&) = delete;
  static bool inside();
};
// Whether the calling thread is one of Python's, at a line of its own.
bool is_python_thread();

}  // namespace detaudit::instrument
