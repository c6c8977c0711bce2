#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "auditor/launch/outside_view.h"
#include "instrument/control.h"
#include "kernels/digest.h"

namespace detaudit::auditor {

// The program under audit.
struct Subject {
  std::vector<std::string> argv;       // argv[0] resolved to a path that exists
  std::filesystem::path directory;     // where it runs
  bool builtin = false;                // the built-in workload
};

// Everything that may differ between two runs of one audit, and nothing else.
struct Conditions {
  instrument::Control control;
  std::optional<uint8_t> memory_fill;          // MALLOC_PERTURB_; unused stacks likewise
  std::optional<uint32_t> hash_seed;           // PYTHONHASHSEED
  enum class Addresses { kAsIs, kRandom, kFixed } addresses = Addresses::kAsIs;
  // The subject's folder, a fresh copy of it, or a copy in which arm follows arm (workplace.h).
  enum class Folder { kAsIs, kFresh, kCarried } folder = Folder::kAsIs;
  bool one_cpu = false;                          // all threads of the subject on one processor
  bool random_held = false;                      // AT_RANDOM, where that is permitted
  std::map<std::string, std::string> variables;  // further environment variables to set
  std::vector<std::string> extra_arguments;      // appended (built-in workload: --threads)
  std::string describe() const;                  // one line for reports
};

enum class RunEnd { kExited, kSignalled, kTimedOut, kInterrupted, kStopped /* by the auditor */ };

struct RunResult {
  RunEnd end = RunEnd::kExited;
  int exit_code = 0;             // kExited
  int signal = 0;                // kSignalled
  double wall_seconds = 0;
  uint64_t stdout_bytes = 0, stderr_bytes = 0;
  std::string stdout_tail, stderr_tail;   // the last 4 KiB of each
  std::vector<kernels::Digest> stdout_chunks;  // digest of each 64 KiB
  std::vector<kernels::Digest> stderr_chunks;  // likewise
  std::string stdout_pipe, stderr_pipe;   // what the system calls them: "pipe:[4711]"
  std::filesystem::path directory;   // of the trace
  std::vector<std::string> notes;    // "addresses could not be fixed: personality: EPERM"
  std::string unprobed;              // why the libc probe, asked for, was not loaded; else empty
  OutsideView outside;               // of programs that no probe reached
  std::vector<std::string> left_running;  // processes that outlived the run: "sleep 60"
};

// "exit code 3", "SIGSEGV", "timed out"
std::string describe_end(const RunResult& result);

struct RunOptions {
  std::filesystem::path directory;      // created; holds trace files and captured output
  std::optional<double> timeout_seconds;
  bool probe_libc = true;               // preload the libc probe
  uint64_t stop_after_step = UINT64_MAX;  // arms: end the subject once a later step was seen
  uint64_t keep_output_bytes = uint64_t{16} << 20;  // stdout/stderr kept on disk, the rest digested only
  std::function<void(double seconds)> tick;  // called about 10 times a second
};

// Runs the subject once, waits for it and everything it holds its pipes open with.
// Throws reports::DiagnosticError (exit 2) when it cannot be started.
RunResult run_subject(const Subject& subject, const Conditions& conditions, const RunOptions& options);

// Finds the program as execvp would; throws exit 2 with what is wrong (missing, not executable, a
// directory, a script whose interpreter is missing).
std::filesystem::path resolve_program(const std::string& name);

// Where our own programs and libraries are: beside this executable, or installed.
std::filesystem::path probe_library();      // libdetaudit_libc.so, to preload
std::filesystem::path workload_program();   // detaudit-workload
// libdetaudit_cupti.so, for the CUDA driver to load; empty in a build without CUPTI's headers.
std::filesystem::path gpu_probe_library();
// The folder of the Python adapters, for PYTHONPATH; empty where it is missing.
std::filesystem::path python_adapters();
// The folder of what `detaudit scan` reads sources with.
std::filesystem::path scan_parts();

}  // namespace detaudit::auditor
