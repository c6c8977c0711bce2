#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "auditor/launch/file_descriptor.h"
#include "auditor/launch/runner.h"

namespace detaudit::auditor {

// What a child process is started with.
struct ChildPlan {
  std::filesystem::path program;         // resolve_program's
  std::vector<std::string> argv;         // argv[0] as the program shall see it
  std::vector<std::string> environment;  // NAME=value
  std::filesystem::path directory;       // empty: ours
  Conditions::Addresses addresses = Conditions::Addresses::kAsIs;
  bool one_cpu = false;
  bool random_held = false;  // see random_bytes.h
  std::string watcher;       // of a program that no probe reaches: see outside_watch.h
};

// A running program in a session of its own, stdin from the file on ours or else from /dev/null,
// stdout and stderr on pipes.
// Owns the process: who lets go of it before reap() kills the whole group.
class ChildProcess {
 public:
  // Returns once the program was executed. Throws reports::DiagnosticError (exit 2) when it cannot
  // be, with the reason the system gave.
  explicit ChildProcess(const ChildPlan& plan);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  FileDescriptor take_stdout() { return std::move(stdout_); }
  FileDescriptor take_stderr() { return std::move(stderr_); }
  // What the system calls the pipes: "pipe:[4711]".
  const std::string& stdout_name() const { return stdout_name_; }
  const std::string& stderr_name() const { return stderr_name_; }
  pid_t id() const { return pid_; }
  int exit_fd() const { return exit_fd_.get(); }  // readable at its end; -1: poll exited()
  bool exited();                                  // without reaping: the group's id stays ours
  void signal_group(int signal);
  int reap();  // the wait status; waits
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  void read_reports(const ChildPlan& plan, FileDescriptor reports);
  bool open_gate(const FileDescriptor& gate);  // true when its exec will stop the child
  void note_not_held(const std::string& why);

  pid_t pid_ = -1;
  FileDescriptor stdout_, stderr_, exit_fd_;
  std::string stdout_name_, stderr_name_;
  std::vector<std::string> notes_;
};

}  // namespace detaudit::auditor
