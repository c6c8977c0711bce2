#include "auditor/scan/reader_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "auditor/launch/signal_name.h"
#include "reports/diagnostic.h"

namespace detaudit::auditor {
namespace {

using Clock = std::chrono::steady_clock;

struct Pipe {
  FileDescriptor read_end, write_end;
};

[[noreturn]] void cannot_start(const std::string& program, int error) {
  throw reports::usage_error("DET905",
                             fmt::format("cannot start `{}`: {}", program, std::strerror(error)),
                             "build or install all of detaudit again");
}

Pipe make_pipe(const std::string& program) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) cannot_start(program, errno);
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

// The child's streams, and signals as a program expects them.
class SpawnPlan {
 public:
  SpawnPlan(int in, int out) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, out, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_init(&attributes_);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGXFSZ);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  int start(pid_t& pid, const std::vector<std::string>& argv) const {
    std::vector<char*> words;
    for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    return posix_spawn(&pid, words[0], &actions_, &attributes_, words.data(), environ);
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

std::string ended(int status) {
  return WIFSIGNALED(status) ? "was ended by " + signal_name(WTERMSIG(status))
                             : fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

}  // namespace

ReaderProcess::ReaderProcess(const std::vector<std::string>& argv) {
  Pipe requests = make_pipe(argv.at(0)), answers = make_pipe(argv.at(0));
  const SpawnPlan plan(requests.read_end.get(), answers.write_end.get());
  const int error = plan.start(pid_, argv);
  if (error != 0) {
    pid_ = -1;
    cannot_start(argv.at(0), error);
  }
  to_ = std::move(requests.write_end);
  from_ = std::move(answers.read_end);
}

ReaderProcess::~ReaderProcess() { stop(nullptr); }

void ReaderProcess::stop(const char* why) {
  if (pid_ < 0) return;
  to_.reset();
  if (why != nullptr) kill(pid_, SIGKILL);
  from_.reset();
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  end_ = why != nullptr && *why != '\0' ? why : ended(status);
}

bool ReaderProcess::send(const std::string& line) {
  size_t done = 0;
  while (done < line.size()) {
    const ssize_t wrote = write(to_.get(), line.data() + done, line.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    done += static_cast<size_t>(wrote);
  }
  return true;
}

std::optional<std::string> ReaderProcess::ask(const std::string& line, std::chrono::seconds limit) {
  if (pid_ < 0) return std::nullopt;
  if (!send(line + "\n")) {
    stop(nullptr);
    return std::nullopt;
  }
  const auto deadline = Clock::now() + limit;
  std::array<char, 1 << 16> bytes;
  for (size_t searched = 0;;) {
    const size_t at = buffered_.find('\n', searched);
    if (at != std::string::npos) {
      std::string answer = buffered_.substr(0, at);
      buffered_.erase(0, at + 1);
      return answer;
    }
    searched = buffered_.size();
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd readable{from_.get(), POLLIN, 0};
    if (left <= 0 || poll(&readable, 1, static_cast<int>(left)) == 0) {
      stop("took too long");
      return std::nullopt;
    }
    const ssize_t got = read(from_.get(), bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      stop(nullptr);
      return std::nullopt;
    }
    buffered_.append(bytes.data(), static_cast<size_t>(got));
  }
}

}  // namespace detaudit::auditor
