#include "auditor/launch/query.h"

#include <poll.h>
#include <sys/wait.h>

#include "auditor/launch/child_environment.h"
#include "auditor/launch/child_process.h"
#include "reports/diagnostic.h"

namespace detaudit::auditor {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kReadsPerTurn = 256;                 // then the clock has its turn
constexpr std::chrono::milliseconds kExitPoll{5};  // where an exit does not wake us

// Empties `pipe` into `text`, beyond the most bytes into nothing; closes it at its end.
void take(FileDescriptor& pipe, std::string& text, size_t most_bytes) {
  char bytes[4096];
  for (int turn = 0; turn < kReadsPerTurn && pipe.valid(); ++turn) {
    ssize_t got = read(pipe.get(), bytes, sizeof bytes);
    if (got < 0) return;
    if (got == 0) return pipe.reset();
    if (text.size() < most_bytes) text.append(bytes, static_cast<size_t>(got));
  }
}

}  // namespace

std::optional<std::string> output_of(const std::vector<std::string>& argv,
                                     std::chrono::milliseconds limit,
                                     const std::filesystem::path& directory, size_t most_bytes) try {
  ChildPlan plan;
  plan.program = resolve_program(argv.at(0));
  plan.argv = argv;
  plan.environment = own_environment();
  plan.directory = directory;
  ChildProcess child(plan);
  FileDescriptor out = child.take_stdout(), err = child.take_stderr();
  auto deadline = Clock::now() + limit;
  std::string text, ignored;
  for (bool exited = false; !exited || out.valid(); exited = child.exited()) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return std::nullopt;
    if (child.exit_fd() < 0) left = std::min(left, kExitPoll);
    pollfd fds[] = {
        {out.get(), POLLIN, 0}, {err.get(), POLLIN, 0}, {exited ? -1 : child.exit_fd(), POLLIN, 0}};
    poll(fds, std::size(fds), static_cast<int>(left.count()));
    take(out, text, most_bytes);
    take(err, ignored, 0);
  }
  int status = child.reap();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nullopt;
  return text;
} catch (const reports::DiagnosticError&) {
  return std::nullopt;
}

}  // namespace detaudit::auditor
