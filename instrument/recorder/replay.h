#pragma once

#include <cstdint>
#include <span>

#include "instrument/recorder/operations.h"
#include "instrument/recorder/recorder.h"

namespace detaudit::instrument {

// An op as something that can be executed.
struct Execution {
  void (*body)(void*);
  void* context;
  // Runs body with the calling thread outside the recorder; gives the seconds it took.
  double run() const;
};

// Replays one operation in place: before() copies its buffers, after() executes it again on them
// and leaves everything as its first execution had. Once or twice a distinct (op, signature), one
// at a time in a process, within a budget of time and memory.
class Replay {
 public:
  // Decides whether this occurrence is replayed, and if so copies the buffers.
  Replay(ThreadLane& lane, const Operation& operation);
  ~Replay();
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;

  void after(const Operation& operation, Session::Written written, const Execution& execution,
             double first_seconds);

 private:
  struct Result;
  void run_mode(const Operation& operation, const Execution& execution, Result& result);
  // What varied, by bit of the output, and how often it is to run otherwise.
  struct Varied {
    uint64_t outputs;
    uint32_t times, least;
  };
  void run_on_exact_inputs(const Operation& operation, Session::Written written,
                           const Execution& execution, const Varied& varied);
  bool execute_again(const Execution& execution, double& seconds);
  void write(const Operation& operation, Session::Written written, ReplayMode mode,
             const Result& result);
  double change_of(const Operation& operation, const Result& result) const;
  void measure_on_exact_inputs(const Operation& operation, uint64_t varied, Result& result) const;

  ThreadLane& lane_;
  enum class Plan { kNone, kTooBig, kRun } plan_ = Plan::kNone;
  uint64_t shape_ = 0;
  bool first_of_shape_ = false;
  uint64_t entropy_before_ = 0;
  PinnedClocks clocks_before_{};
};

// In a fork's child: the thread that replayed, if any, is not there.
void restart_replays();

}  // namespace detaudit::instrument
