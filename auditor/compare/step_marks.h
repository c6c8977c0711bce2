#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <unordered_map>

#include "auditor/compare/packed_event.h"
#include "auditor/compare/trace_stream.h"

namespace detaudit::auditor {

// Which steps of moved work both runs have left, as it seems: so what waits of them may be settled
// before the runs end. Whether it was so is told by what comes later: an event of a step that was
// settled. Steps are those of one process, which may begin again.
class StepMarks {
 public:
  // Of the moved event that a run has at hand. False when its step was settled already.
  bool note(Side side, const TraceStream& stream, const instrument::Event& event) {
    const Run& run = at(side);
    const When now = when(event.step, event.occurrence);
    if (run.process != nullptr && run.hash == stream.process_hash(event.lane) &&
        run.process->progress[static_cast<size_t>(side)].latest == now) {
      return true;
    }
    return note_other_step(side, stream.process_hash(event.lane), now);
  }
  void note_end(Side side) { at(side).ended = true; }

  // Settles all steps that both runs seem to have left; then settled() knows them.
  void settle();
  bool settled(const TraceStream& stream, const PackedEvent& event) {
    return when(event.step(), event.occurrence()) <
           process(stream.process_hash(event.lane())).settled;
  }

 private:
  // The how-manieth beginning of the steps, and the step.
  struct When {
    uint64_t beginning = 0, step = 0;
    friend auto operator<=>(const When&, const When&) = default;
  };
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
    uint64_t hash = 0;
    Process* process = nullptr;  // of the event at hand
    bool ended = false;
  };
  static When when(uint64_t step, uint64_t occurrence) { return {occurrence >> 32, step}; }
  bool note_other_step(Side side, uint64_t process_hash, const When& now);
  Run& at(Side side) { return runs_[static_cast<size_t>(side)]; }
  Process& process(uint64_t hash) {
    if (latest_ == nullptr || latest_hash_ != hash) {
      latest_hash_ = hash;
      latest_ = &processes_[hash];
    }
    return *latest_;
  }
  When left(size_t side, const Process& process) const;

  std::unordered_map<uint64_t, Process> processes_;
  std::array<Run, 2> runs_;
  uint64_t latest_hash_ = 0;
  Process* latest_ = nullptr;  // the process last asked for
};

}  // namespace detaudit::auditor
