#include "auditor/launch/child_process.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include "auditor/launch/random_bytes.h"
#include "auditor/launch/start_failure.h"
#include "instrument/watch/hand_over.h"

namespace detaudit::auditor {
namespace {

constexpr int kPipeBytes = 1 << 20;  // fewer wake-ups for a subject that writes much

// What the child says about its own start, through a pipe that a successful exec closes.
struct ChildReport {
  StartStage stage;
  int error;
};

struct Pipe {
  FileDescriptor read_end, write_end;
};

Pipe make_pipe(const ChildPlan& plan) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw start_failure(plan, StartStage::kPipe, errno);
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

std::string name_of(const FileDescriptor& end) {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(end.get()), error).string();
}

// Everything the child needs, laid out before the fork: between fork and exec only system calls.
struct ChildImage {
  explicit ChildImage(const ChildPlan& plan) : program(plan.program.string()) {
    for (const std::string& argument : plan.argv) argv.push_back(argument.c_str());
    for (const std::string& variable : plan.environment) environment.push_back(variable.c_str());
    shell_argv = {"/bin/sh", program.c_str()};
    for (size_t i = 1; i < plan.argv.size(); ++i) shell_argv.push_back(plan.argv[i].c_str());
    for (auto* list : {&argv, &environment, &shell_argv}) list->push_back(nullptr);
  }
  std::string program;
  std::vector<const char*> argv, shell_argv, environment;
};

void set_addresses(Conditions::Addresses addresses, int report_fd) {
  if (addresses == Conditions::Addresses::kAsIs) return;
  int current = personality(0xffffffff);
  int wanted = addresses == Conditions::Addresses::kFixed ? current | ADDR_NO_RANDOMIZE
                                                          : current & ~ADDR_NO_RANDOMIZE;
  if (current >= 0 && (wanted == current || personality(static_cast<unsigned>(wanted)) >= 0))
    return;
  ChildReport report{StartStage::kAddresses, errno};
  [[maybe_unused]] ssize_t written = write(report_fd, &report, sizeof report);
}

// The first processor that we may use, for it and all that it starts. Where that is refused the
// schedule stays as free as it was, and shows.
void use_one_cpu() {
  cpu_set_t allowed, one;
  CPU_ZERO(&one);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu)
    if (CPU_ISSET(cpu, &allowed)) CPU_SET(cpu, &one);
  sched_setaffinity(0, sizeof one, &one);
}

// A regular file on our stdin is opened anew, where we stand in it: every run reads the same. All
// else can be read once alone, so nobody is given it.
int open_input() {
  struct stat facts;
  if (fstat(STDIN_FILENO, &facts) == 0 && S_ISREG(facts.st_mode)) {
    const int input = open("/proc/self/fd/0", O_RDONLY);
    if (input >= 0 && lseek(input, lseek(STDIN_FILENO, 0, SEEK_CUR), SEEK_SET) >= 0) return input;
    if (input >= 0) close(input);
  }
  return open("/dev/null", O_RDONLY);
}

[[noreturn]] void fail_child(int report_fd, StartStage stage) {
  ChildReport report{stage, errno};
  [[maybe_unused]] ssize_t written = write(report_fd, &report, sizeof report);
  _exit(127);
}

// What the child is left of the pipes; `gate` is -1 when it need not wait for the parent.
struct ChildEnds {
  int out, err, report, gate;
};

[[noreturn]] void become(const ChildPlan& plan, const ChildImage& image, pid_t parent,
                         const ChildEnds& ends) {
  const int report_fd = ends.report;
  setsid();                          // its own group, and no terminal to stop it
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a killed audit leaves no training run behind
  if (getppid() != parent) _exit(127);
  for (char go; ends.gate >= 0 && read(ends.gate, &go, 1) < 0 && errno == EINTR;) {
  }
  for (int signal : {SIGPIPE, SIGXFSZ}) std::signal(signal, SIG_DFL);
  const int input = open_input();
  if (input < 0 || dup2(input, STDIN_FILENO) < 0 || dup2(ends.out, STDOUT_FILENO) < 0 ||
      dup2(ends.err, STDERR_FILENO) < 0) {
    fail_child(report_fd, StartStage::kPipe);
  }
  if (input > STDERR_FILENO) close(input);
  if (!plan.directory.empty() && chdir(plan.directory.c_str()) != 0) {
    fail_child(report_fd, StartStage::kDirectory);
  }
  set_addresses(plan.addresses, report_fd);
  if (plan.one_cpu) use_one_cpu();
  if (instrument::hand_over(plan.watcher.c_str()) == instrument::HandOver::kForsaken) _exit(127);
  auto argv = const_cast<char* const*>(image.argv.data());
  auto environment = const_cast<char* const*>(image.environment.data());
  execve(image.program.c_str(), argv, environment);
  // A script without a #! line: what execvp does. resolve_program refused everything else.
  if (errno == ENOEXEC && looks_like_text(image.program.c_str())) {
    execve("/bin/sh", const_cast<char* const*>(image.shell_argv.data()), environment);
  }
  fail_child(report_fd, StartStage::kExec);
}

}  // namespace

ChildProcess::ChildProcess(const ChildPlan& plan) {
  Pipe out = make_pipe(plan), err = make_pipe(plan), reports = make_pipe(plan);
  // The ends must not be 0 to 2, where the child puts its own streams.
  for (FileDescriptor* end : {&out.write_end, &err.write_end, &reports.write_end}) {
    int high = fcntl(end->get(), F_DUPFD_CLOEXEC, 3);
    if (high < 0) throw start_failure(plan, StartStage::kPipe, errno);
    end->reset(high);
  }
  for (const FileDescriptor* end : {&out.read_end, &err.read_end}) {
    fcntl(end->get(), F_SETPIPE_SZ, kPipeBytes);  // refused: the pipe keeps its size
    fcntl(end->get(), F_SETFL, O_NONBLOCK);
  }
  stdout_name_ = name_of(out.read_end);
  stderr_name_ = name_of(err.read_end);
  Pipe gate;
  const std::string unsafe = plan.random_held ? unsafe_to_hold(plan.program) : "";
  if (plan.random_held && unsafe.empty()) gate = make_pipe(plan);
  note_not_held(unsafe);
  ChildImage image(plan);
  pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) throw start_failure(plan, StartStage::kFork, errno);
  if (pid_ == 0) {
    become(
        plan, image, parent,
        {out.write_end.get(), err.write_end.get(), reports.write_end.get(), gate.read_end.get()});
  }
  const bool traced = open_gate(gate.write_end);
  for (Pipe* pipe : {&out, &err, &reports}) pipe->write_end.reset();
  exit_fd_.reset(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  stdout_ = std::move(out.read_end);
  stderr_ = std::move(err.read_end);
  try {
    read_reports(plan, std::move(reports.read_end));
    if (traced) note_not_held(hold_random_bytes(pid_));
  } catch (...) {
    reap();
    throw;
  }
}

bool ChildProcess::open_gate(const FileDescriptor& gate) {
  if (!gate.valid()) return false;
  const std::string refused = trace_to_exec(pid_);
  note_not_held(refused);
  [[maybe_unused]] ssize_t written = write(gate.get(), "", 1);
  return refused.empty();
}

void ChildProcess::note_not_held(const std::string& why) {
  if (why.empty()) return;
  notes_.push_back("the random bytes that the system gives each program could not be held: " + why);
}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  signal_group(SIGKILL);
  reap();
}

void ChildProcess::read_reports(const ChildPlan& plan, FileDescriptor reports) {
  std::optional<ChildReport> failure;
  ChildReport report;
  for (;;) {
    ssize_t got = read(reports.get(), &report, sizeof report);
    if (got < 0 && errno == EINTR) continue;
    if (got != static_cast<ssize_t>(sizeof report)) break;
    if (report.stage == StartStage::kAddresses) {
      std::string wanted = plan.addresses == Conditions::Addresses::kFixed ? "fixed" : "randomized";
      notes_.push_back("addresses could not be " + wanted +
                       ": personality: " + std::strerror(report.error));
    } else {
      failure = report;
    }
  }
  if (failure) throw start_failure(plan, failure->stage, failure->error);
}

bool ChildProcess::exited() {
  siginfo_t info{};
  while (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
    if (errno != EINTR) return true;
  }
  return info.si_pid != 0;
}

void ChildProcess::signal_group(int signal) {
  if (pid_ > 0) kill(-pid_, signal);
}

int ChildProcess::reap() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return status;
}

}  // namespace detaudit::auditor
