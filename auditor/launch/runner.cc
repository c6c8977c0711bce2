#include "auditor/launch/runner.h"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <thread>

#include "auditor/launch/child_environment.h"
#include "auditor/launch/child_process.h"
#include "auditor/launch/interruption.h"
#include "auditor/launch/orphans.h"
#include "auditor/launch/outside_watch.h"
#include "auditor/launch/signal_name.h"
#include "auditor/launch/supervisor.h"
#include "instrument/trace/seal.h"
#include "instrument/watch/reach.h"
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

void refuse_removed(const fs::path& run_directory) {
  std::error_code error;
  if (fs::is_directory(run_directory, error)) return;
  throw reports::usage_error(
      "DET904", "the program removed `" + run_directory.string() + "`, where its trace is kept",
      "keep the database, with the traces beside it, where the program removes nothing: --db");
}

// The CUDA driver, where the subject uses one, loads the library that this variable names.
void offer_gpu_probe(Conditions& conditions, std::vector<std::string>& notes) {
  constexpr const char* kVariable = "CUDA_INJECTION64_PATH";
  fs::path library = gpu_probe_library();
  if (library.empty()) return;
  if (const char* other = std::getenv(kVariable); other && *other)
    notes.push_back("the GPU probe was not loaded: " + std::string(kVariable) + " names " + other);
  else
    conditions.variables.try_emplace(kVariable, library.string());
}

int64_t now_ns(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// A time that every file changed so far was stamped before, and every later one is stamped after.
// File systems stamp by a clock that ticks every few milliseconds, and by the exact one what was
// just looked at.
int64_t between_file_stamps_ns() {
  const int64_t now = now_ns(CLOCK_REALTIME);
  // Bounded: the clock may be set back meanwhile.
  for (int waits = 0; waits < 250 && now_ns(CLOCK_REALTIME_COARSE) <= now; ++waits) {
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return now + 1;
}

ChildPlan plan_child(const Subject& subject, const Conditions& conditions,
                     const fs::path& trace_directory, const fs::path& preload,
                     std::vector<std::string>& notes) {
  Conditions own = conditions;
  own.control.trace_directory = trace_directory.string();
  // glibc fills blocks with the complement of what it is told.
  if (own.memory_fill) own.control.stack_fill = static_cast<uint8_t>(~*own.memory_fill);
  ChildPlan plan;
  plan.program = subject.argv.at(0);
  plan.argv = subject.argv;
  plan.argv.insert(plan.argv.end(), own.extra_arguments.begin(), own.extra_arguments.end());
  offer_gpu_probe(own, notes);
  plan.environment = child_environment(own, preload);
  plan.directory = subject.directory;
  plan.addresses = own.addresses;
  plan.one_cpu = own.one_cpu;
  plan.random_held = own.random_held;
  return plan;
}

// Why a preloaded library would not reach the program; empty when it does.
std::string beyond_reach(const instrument::Unreached& unreached) {
  if (unreached.privileged)
    return "the program changes its user or group, or has capabilities, and then the loader "
           "ignores "
           "preloads";
  if (!unreached.why) return "";
  return std::string("the program is ") + unreached.why;
}

// Sees what programs that no probe reaches do to files; the conditions and the plan then say where.
std::unique_ptr<OutsideWatch> watch_outside(const RunOptions& options, const fs::path& directory,
                                            Conditions& conditions) {
  if (!options.probe_libc) return nullptr;
  auto watch = std::make_unique<OutsideWatch>(
      directory,
      EarlierWindow{conditions.control.earlier_from_ns, conditions.control.earlier_to_ns});
  conditions.control.watcher = watch->name();
  return watch;
}

bool loader_takes(const fs::path& path) {
  return path.string().find_first_of(" :") == std::string::npos;
}

// The library to preload, by a path that the loader's list can hold: spaces and colons part that
// list, so from a place that has them the libraries are reached by links beside each other.
class PreloadPath {
 public:
  PreloadPath(const Subject& subject, const RunOptions& options, const fs::path& run_directory,
              RunResult& result) {
    if (!options.probe_libc) return;
    unreached_ = instrument::beyond_reach(subject.argv.at(0).c_str());
    result.unprobed = beyond_reach(unreached_);
    if (!result.unprobed.empty()) return;
    const fs::path library = probe_library();
    if (loader_takes(library)) {
      path_ = library;
    } else if (!link(library, run_directory / ".probe") && !link_in_scratch(library)) {
      result.unprobed = "the loader takes no path with a space or a colon: " + library.string();
    }
  }
  ~PreloadPath() {
    std::error_code error;
    if (!scratch_.empty()) fs::remove_all(scratch_, error);
  }
  PreloadPath(const PreloadPath&) = delete;
  PreloadPath& operator=(const PreloadPath&) = delete;
  const fs::path& path() const { return path_; }
  // The program itself goes without a probe, and would lose nothing by being watched.
  bool leaves_program_to_watch() const { return unreached_.why && !unreached_.privileged; }

 private:
  bool link(const fs::path& library, const fs::path& folder) {
    if (!loader_takes(folder)) return false;
    std::error_code error;
    fs::create_directories(folder, error);
    for (fs::directory_iterator it(library.parent_path(), error), end; !error && it != end;
         it.increment(error)) {
      const fs::path name = it->path().filename();
      if (name.string().starts_with("libdetaudit_"))
        fs::create_symlink(it->path(), folder / name, error);
    }
    path_ = error ? fs::path() : folder / library.filename();
    return !error;
  }
  bool link_in_scratch(const fs::path& library) {
    std::error_code error;
    std::string name = (fs::temp_directory_path(error) / "detaudit-probe-XXXXXX").string();
    if (error || mkdtemp(name.data()) == nullptr) return false;
    scratch_ = name;
    return link(library, scratch_);
  }

  fs::path path_, scratch_;
  instrument::Unreached unreached_;
};

}  // namespace

std::string describe_end(const RunResult& result) {
  switch (result.end) {
    case RunEnd::kExited:
      return "exit code " + std::to_string(result.exit_code);
    case RunEnd::kSignalled:
      return signal_name(result.signal);
    case RunEnd::kTimedOut:
      return "timed out";
    case RunEnd::kInterrupted:
      return "interrupted";
    case RunEnd::kStopped:
      return "stopped";
  }
  return "?";
}

RunResult run_subject(const Subject& subject, const Conditions& conditions,
                      const RunOptions& options) {
  InterruptionWatch interruption;
  RunResult result;
  result.directory = fs::absolute(options.directory).lexically_normal();
  if (interruption.requests() > 0) {
    result.end = RunEnd::kInterrupted;
    return result;
  }
  RunDirectory directory(options.directory);
  const PreloadPath preload(subject, options, directory.path(), result);
  if (!result.unprobed.empty()) {
    result.notes.push_back("the libc probe was not loaded: " + result.unprobed);
  }
  Conditions own = conditions;
  own.control.run_from_ns = between_file_stamps_ns();
  if (own.control.earlier_from_ns < own.control.earlier_to_ns)
    own.control.earlier_to_ns = own.control.run_from_ns;
  const auto outside = watch_outside(options, directory.path(), own);
  ChildPlan plan = plan_child(subject, own, directory.path(), preload.path(), result.notes);
  if (preload.leaves_program_to_watch()) plan.watcher = own.control.watcher;
  auto started = Supervisor::Clock::now();
  const OrphanWatch orphans;
  ChildProcess child(plan);
  directory.subject_started();
  result.stdout_pipe = child.stdout_name();
  result.stderr_pipe = child.stderr_name();
  result.notes.insert(result.notes.end(), child.notes().begin(), child.notes().end());
  Supervisor(child, orphans, interruption, options, directory.path(), started).watch(result);
  if (outside) result.outside = outside->finish();
  refuse_removed(directory.path());
  if (result.end == RunEnd::kExited) instrument::seal_finished_process(directory.path());
  return result;
}

}  // namespace detaudit::auditor
