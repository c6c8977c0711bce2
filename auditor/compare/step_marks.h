#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <unordered_map>

#include "auditor/compare/trace_stream.h"

namespace detaudit::auditor {

// Which steps of moved work both runs have left, as it seems: so what waits of them may be settled
// before the runs end. Whether it was so is told by what comes later: an event of a step that was
// settled. Steps are those of one process, which may begin again.
class StepMarks {
 public:
  // Of the moved event that a run has at hand. False when its step was settled already.
  bool note(Side side, const TraceStream& stream, const instrument::Event& event);
  void note_end(Side side) { at(side).ended = true; }

  // Settles all steps that both runs seem to have left; then settled() knows them.
  void settle();
  bool settled(const TraceStream& stream, const instrument::Event& event) const;

 private:
  // The how-manieth beginning of the steps, and the step.
  struct When {
    uint64_t beginning = 0, step = 0;
    auto operator<=>(const When&) const = default;
  };
  static When when(const instrument::Event& event) {
    return {event.occurrence >> 32, event.step};
  }
  struct Progress {
    When latest;
    uint64_t lag = 0;  // the most steps that an event came behind the latest
    bool begun = false;
  };
  struct Process {
    std::array<Progress, 2> progress;
    When settled;  // all steps before this
  };
  struct Run {
    uint64_t process_hash = 0;  // of the event at hand
    Process* process = nullptr;
    bool ended = false;
  };
  Run& at(Side side) { return runs_[static_cast<size_t>(side)]; }
  When left(size_t side, const Process& process) const;

  std::unordered_map<uint64_t, Process> processes_;
  std::array<Run, 2> runs_;
};

}  // namespace detaudit::auditor
