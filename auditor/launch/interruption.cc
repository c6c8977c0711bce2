#include "auditor/launch/interruption.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

namespace detaudit::auditor {
namespace {

constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};

std::atomic<int> requests_so_far{0};
int wake_pipe[2] = {-1, -1};
int watches = 0;
std::array<struct sigaction, kSignals.size()> previous_actions;

void note_request(int) {
  int saved_errno = errno;
  requests_so_far.fetch_add(1, std::memory_order_relaxed);
  [[maybe_unused]] ssize_t written = write(wake_pipe[1], "!", 1);
  errno = saved_errno;
}

}  // namespace

InterruptionWatch::InterruptionWatch() {
  if (watches++ > 0) return;
  requests_so_far = 0;
  // Without the pipe a request still counts; it is seen at the next tick instead of at once.
  if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) != 0) wake_pipe[0] = wake_pipe[1] = -1;
  for (size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], nullptr, &previous_actions[i]);
    if (previous_actions[i].sa_handler == SIG_IGN) continue;  // nohup, or a shell's background job
    struct sigaction action {};
    action.sa_handler = note_request;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(kSignals[i], &action, nullptr);
  }
}

InterruptionWatch::~InterruptionWatch() {
  if (--watches > 0) return;
  for (size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], &previous_actions[i], nullptr);
  }
  for (int& fd : wake_pipe) {
    if (fd >= 0) close(fd);
    fd = -1;
  }
}

int InterruptionWatch::requests() const { return requests_so_far; }
int InterruptionWatch::fd() const { return wake_pipe[0]; }

void InterruptionWatch::drain() {
  char bytes[64];
  while (wake_pipe[0] >= 0 && read(wake_pipe[0], bytes, sizeof bytes) > 0) {
  }
}

}  // namespace detaudit::auditor
