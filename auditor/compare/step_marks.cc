#include "auditor/compare/step_marks.h"

#include <algorithm>

namespace detaudit::auditor {
namespace {

constexpr uint64_t kAnyLag = UINT64_MAX;

}  // namespace

StepMarks::Process& StepMarks::process(uint64_t hash) {
  if (latest_ == nullptr || latest_hash_ != hash) {
    latest_hash_ = hash;
    latest_ = &processes_[hash];
  }
  return *latest_;
}

bool StepMarks::note(Side side, const TraceStream& stream, const instrument::Event& event) {
  Run& run = at(side);
  run.process = &process(stream.process_hash(event.lane));
  Progress& progress = run.process->progress[static_cast<size_t>(side)];
  const When now = when(event.step, event.occurrence);
  progress.begun = true;
  if (now >= progress.latest) {
    progress.latest = now;
    return true;
  }
  progress.lag = now.beginning < progress.latest.beginning
                     ? kAnyLag
                     : std::max(progress.lag, progress.latest.step - now.step);
  return now >= run.process->settled;
}

// Twice the lag seen so far is left for what comes later.
StepMarks::When StepMarks::left(size_t side, const Process& process) const {
  const Progress& progress = process.progress[side];
  if (!progress.begun) return {};
  if (runs_[side].ended || runs_[side].process != &process) return {UINT64_MAX, UINT64_MAX};
  const uint64_t steps = progress.latest.step;
  if (progress.lag > steps / 2) return {progress.latest.beginning, 0};
  return {progress.latest.beginning, steps - 2 * progress.lag};
}

void StepMarks::settle() {
  for (auto& [hash, process] : processes_) {
    process.settled = std::max(process.settled, std::min(left(0, process), left(1, process)));
  }
}

bool StepMarks::settled(const TraceStream& stream, const PackedEvent& event) {
  return when(event.step(), event.occurrence()) <
         process(stream.process_hash(event.lane())).settled;
}

}  // namespace detaudit::auditor
