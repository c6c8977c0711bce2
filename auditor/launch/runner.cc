#include "auditor/launch/runner.h"

#include <cstring>

#include "auditor/launch/child_environment.h"
#include "auditor/launch/child_process.h"
#include "auditor/launch/elf_file.h"
#include "auditor/launch/interruption.h"
#include "auditor/launch/supervisor.h"
#include "instrument/trace/seal.h"
#include "reports/diagnostic.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

// Creates the run's directory; takes it away again when the subject could not be started.
class RunDirectory {
 public:
  explicit RunDirectory(const fs::path& path) : path_(fs::absolute(path).lexically_normal()) {
    std::error_code error;
    created_ = fs::create_directories(path_, error);
    if (error || !fs::is_directory(path_)) {
      std::string reason = error ? error.message() : std::strerror(ENOTDIR);
      throw reports::usage_error("DET906", "cannot create `" + path_.string() + "`: " + reason,
                                 "name a folder that can be written with --db");
    }
  }
  ~RunDirectory() {
    std::error_code error;
    if (created_ && !started_) fs::remove_all(path_, error);
  }
  void subject_started() { started_ = true; }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  bool created_ = false;
  bool started_ = false;
};

ChildPlan plan_child(const Subject& subject, const Conditions& conditions,
                     const fs::path& trace_directory, const fs::path& preload) {
  Conditions own = conditions;
  own.control.trace_directory = trace_directory.string();
  ChildPlan plan;
  plan.program = subject.argv.at(0);
  plan.argv = subject.argv;
  plan.argv.insert(plan.argv.end(), own.extra_arguments.begin(), own.extra_arguments.end());
  plan.environment = child_environment(own, preload);
  plan.directory = subject.directory;
  plan.addresses = own.addresses;
  return plan;
}

// Why a preloaded library would not reach the program; empty when it does.
std::string beyond_reach(const fs::path& program, const fs::path& library) {
  if (library.string().find_first_of(" :") != std::string::npos) {
    return "the loader takes no path with a space or a colon: " + library.string();
  }
  std::error_code error;
  auto elf = ElfFile::open(program);
  if (elf && elf->interpreter().empty()) return "the program is statically linked";
  fs::perms set_id = fs::perms::set_uid | fs::perms::set_gid;
  if ((fs::status(program, error).permissions() & set_id) != fs::perms::none) {
    return "the program changes its user or group, and then the loader ignores preloads";
  }
  return "";
}

// The library to preload; empty, with a note, where it would not be loaded.
fs::path preload_for(const fs::path& program, const RunOptions& options,
                     std::vector<std::string>& notes) {
  if (!options.probe_libc) return {};
  fs::path library = probe_library();
  std::string reason = beyond_reach(program, library);
  if (reason.empty()) return library;
  notes.push_back("the libc probe was not loaded: " + reason);
  return {};
}

}  // namespace

RunResult run_subject(const Subject& subject, const Conditions& conditions,
                      const RunOptions& options) {
  InterruptionWatch interruption;
  RunResult result;
  result.directory = fs::absolute(options.directory).lexically_normal();
  if (interruption.requests() > 0) {
    result.end = RunEnd::kInterrupted;
    return result;
  }
  fs::path preload = preload_for(subject.argv.at(0), options, result.notes);
  RunDirectory directory(options.directory);
  ChildPlan plan = plan_child(subject, conditions, directory.path(), preload);
  auto started = Supervisor::Clock::now();
  ChildProcess child(plan);
  directory.subject_started();
  result.notes.insert(result.notes.end(), child.notes().begin(), child.notes().end());
  Supervisor(child, interruption, options, directory.path(), started).watch(result);
  if (result.end == RunEnd::kExited) instrument::seal_finished_process(directory.path());
  return result;
}

}  // namespace detaudit::auditor
