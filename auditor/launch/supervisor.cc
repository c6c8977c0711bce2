#include "auditor/launch/supervisor.h"

#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>

#include "instrument/trace/peek.h"

namespace detaudit::auditor {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{100};
constexpr milliseconds kPeek{20};             // how often the step is looked at, when it matters
constexpr milliseconds kPollExit{5};          // where the kernel gives no descriptor of a process
constexpr milliseconds kTermGrace{2000};      // from SIGTERM to SIGKILL
constexpr milliseconds kStopGrace{200};       // the same for an arm that is no longer needed
constexpr milliseconds kLeftoverGrace{1000};  // for who holds the output open after the exit
constexpr milliseconds kLastWords{100};       // for the output of who was killed to arrive

}  // namespace

Supervisor::Supervisor(ChildProcess& child, const OrphanWatch& orphans,
                       InterruptionWatch& interruption, const RunOptions& options, const std::filesystem::path& directory,
                       Clock::time_point started)
    : child_(child),
      orphans_(orphans),
      interruption_(interruption),
      options_(options),
      directory_(directory),
      out_(child.take_stdout(), directory / "stdout.bin", options.keep_output_bytes),
      err_(child.take_stderr(), directory / "stderr.bin", options.keep_output_bytes),
      started_(started),
      now_(started),
      next_tick_(started + kTick) {}

void Supervisor::watch(RunResult& result) {
  while (!finished()) {
    wait_for_activity();
    now_ = Clock::now();
    look_at_child();  // before the streams: what it wrote before it ended is in them by now
    out_.read_available();
    err_.read_available();
    look_at_reasons_to_end();
    look_at_orphans(result);  // before they are ended, so that they are named
    look_at_leftovers(result);
    tick();
  }
  fill(result);
}

bool Supervisor::finished() const {
  return exited_ && !out_.open() && !err_.open() && orphans_settled_;
}

void Supervisor::wait_for_activity() {
  bool poll_exit = !exited_ && child_.exit_fd() < 0;
  bool peek = options_.stop_after_step != UINT64_MAX && !reason_;
  Clock::time_point wake = next_tick_;
  if (kill_at_) wake = std::min(wake, *kill_at_);
  if (options_.timeout_seconds && !reason_) {
    auto limit = std::chrono::duration<double>(std::min(*options_.timeout_seconds, 1e8));
    wake = std::min(wake, started_ + std::chrono::duration_cast<Clock::duration>(limit));
  }
  auto left = std::chrono::ceil<milliseconds>(wake - Clock::now());
  const bool poll_orphans = exited_ && !orphans_settled_;
  left = std::clamp(left, milliseconds{0},
                    poll_exit || poll_orphans ? kPollExit : peek ? kPeek : kTick);
  // A negative descriptor is one that poll leaves out.
  pollfd fds[] = {{out_.fd(), POLLIN, 0},
                  {err_.fd(), POLLIN, 0},
                  {interruption_.fd(), POLLIN, 0},
                  {exited_ ? -1 : child_.exit_fd(), POLLIN, 0}};
  poll(fds, std::size(fds), static_cast<int>(left.count()));
}

void Supervisor::look_at_child() {
  if (!exited_ && child_.exited()) exited_ = Clock::now();
}

void Supervisor::look_at_reasons_to_end() {
  interruption_.drain();
  bool asked_again = interruption_.requests() > std::max(requests_seen_, 1);
  bool asked = interruption_.requests() > requests_seen_;
  requests_seen_ = interruption_.requests();
  if (asked && !reason_ && !exited_) end_subject(RunEnd::kInterrupted, kTermGrace);
  if (asked_again && reason_) kill_at_ = now_;  // a second Ctrl-C does not wait
  if (!reason_ && !exited_) {
    std::chrono::duration<double> ran = now_ - started_;
    if (options_.timeout_seconds && ran.count() >= *options_.timeout_seconds) {
      end_subject(RunEnd::kTimedOut, kTermGrace);
    } else if (options_.stop_after_step != UINT64_MAX &&
               instrument::peek_step(directory_).value_or(0) > options_.stop_after_step) {
      end_subject(RunEnd::kStopped, kStopGrace);
    }
  }
  if (kill_at_ && now_ >= *kill_at_) {
    child_.signal_group(SIGKILL);
    kill_at_.reset();
  }
}

// Whoever still holds the output open once the subject ended: given a moment, then ended; one that
// left the group is not waited for.
void Supervisor::look_at_leftovers(RunResult& result) {
  if (!exited_ || (!out_.open() && !err_.open())) return;
  if (!close_at_ && (reason_ || now_ >= *exited_ + kLeftoverGrace)) {
    if (!reason_) {
      result.notes.push_back(
          "processes that the subject left behind held its output open: ended 1 s after it");
    }
    child_.signal_group(SIGKILL);
    close_at_ = now_ + kLastWords;
  }
  if (close_at_ && now_ >= *close_at_) {
    out_.finish();
    err_.finish();
  }
}

// Who outlives the subject may still write: waited for as long as one who holds its output, then
// named. Where the subject was ended by us, nothing is claimed of the run.
void Supervisor::look_at_orphans(RunResult& result) {
  if (!exited_ || orphans_settled_) return;
  std::vector<std::string> running = orphans_.running(child_.id());
  orphans_settled_ = running.empty() || reason_ || now_ >= *exited_ + kLeftoverGrace;
  if (orphans_settled_ && !reason_) result.left_running = std::move(running);
}

void Supervisor::end_subject(RunEnd reason, milliseconds grace) {
  reason_ = reason;
  kill_at_ = now_ + grace;
  child_.signal_group(SIGTERM);
  child_.signal_group(SIGCONT);  // a stopped process takes no SIGTERM
}

void Supervisor::tick() {
  if (now_ < next_tick_) return;
  next_tick_ = now_ + kTick;
  if (options_.tick) options_.tick(std::chrono::duration<double>(now_ - started_).count());
}

void Supervisor::fill(RunResult& result) {
  out_.finish();
  err_.finish();
  if (reason_) child_.signal_group(SIGKILL);  // whoever in it took no notice of SIGTERM
  int status = child_.reap();
  result.end = reason_ ? *reason_ : WIFSIGNALED(status) ? RunEnd::kSignalled : RunEnd::kExited;
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  result.wall_seconds = std::chrono::duration<double>(*exited_ - started_).count();
  result.stdout_bytes = out_.bytes();
  result.stderr_bytes = err_.bytes();
  result.stdout_tail = out_.tail();
  result.stderr_tail = err_.tail();
  result.stdout_chunks = out_.take_chunks();
  result.stderr_chunks = err_.take_chunks();
  for (const OutputStream* stream : {&out_, &err_}) {
    if (stream->keep_failure().empty()) continue;
    result.notes.push_back("captured output is not whole on disk: " + stream->keep_failure());
  }
}

}  // namespace detaudit::auditor
