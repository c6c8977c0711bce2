#pragma once

#include <chrono>
#include <filesystem>
#include <optional>

#include "auditor/launch/child_process.h"
#include "auditor/launch/interruption.h"
#include "auditor/launch/orphans.h"
#include "auditor/launch/output_stream.h"
#include "auditor/launch/runner.h"

namespace detaudit::auditor {

// Watches one running subject to its end: takes in its output, and ends it on a timeout, an
// interruption or the step it was to reach (SIGTERM to its group, SIGKILL when that does not help).
// One thread; sleeps in poll.
class Supervisor {
 public:
  using Clock = std::chrono::steady_clock;

  Supervisor(ChildProcess& child, const OrphanWatch& orphans, InterruptionWatch& interruption,
             const RunOptions& options, const std::filesystem::path& directory,
             Clock::time_point started);
  void watch(RunResult& result);

 private:
  bool finished() const;
  void wait_for_activity();
  void look_at_child();
  void look_at_reasons_to_end();
  void look_at_leftovers(RunResult& result);
  void look_at_orphans(RunResult& result);
  void end_subject(RunEnd reason, std::chrono::milliseconds grace);
  void tick();
  void fill(RunResult& result);

  ChildProcess& child_;
  const OrphanWatch& orphans_;
  InterruptionWatch& interruption_;
  const RunOptions& options_;
  std::filesystem::path directory_;
  OutputStream out_, err_;
  Clock::time_point started_, now_, next_tick_;
  std::optional<Clock::time_point> exited_;    // when the subject itself ended
  std::optional<Clock::time_point> kill_at_;   // after SIGTERM
  std::optional<RunEnd> reason_;               // we ended it
  std::optional<Clock::time_point> close_at_;  // leftovers were killed; what comes is lost then
  bool orphans_settled_ = false;               // none runs, or those that do were named
  int requests_seen_ = 0;
};

}  // namespace detaudit::auditor
