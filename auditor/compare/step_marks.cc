#include "auditor/compare/step_marks.h"

#include <algorithm>

namespace detaudit::auditor {
namespace {

constexpr uint64_t kAnyLag = UINT64_MAX;

}  // namespace

bool StepMarks::note_other_step(Side side, uint64_t process_hash, const When& now) {
  Run& run = at(side);
  run.hash = process_hash;
  run.process = &process(process_hash);
  Progress& progress = run.process->progress[static_cast<size_t>(side)];
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

}  // namespace detaudit::auditor
