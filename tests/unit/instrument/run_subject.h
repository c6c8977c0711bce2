#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "instrument/control.h"
#include "instrument/trace/reader.h"
#include "tests/unit/instrument/trace_folder.h"

namespace detaudit::instrument {

// Runs a program with `variables` added to the environment; its wait status.
inline int run_subject(const std::vector<std::string>& command,
                       const std::vector<std::pair<std::string, std::string>>& variables) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t child = fork();
  if (child == 0) {
    // Thread sanitizer's own limit, when the subject is built with it: no threads in a fork's child.
    setenv("TSAN_OPTIONS", "die_after_fork=0", 0);
    for (const auto& [name, value] : variables) setenv(name.c_str(), value.c_str(), 1);
    execv(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

// What it wrote to stdout. Expects it to exit with 0.
inline std::string subject_output(
    const std::vector<std::string>& command,
    const std::vector<std::pair<std::string, std::string>>& variables) {
  TraceFolder folder;
  std::string file = folder.file("stdout");
  std::vector<std::string> shell = {"/bin/sh", "-c", "exec \"$0\" \"$@\" > " + file};
  shell.insert(shell.end(), command.begin(), command.end());
  EXPECT_EQ(run_subject(shell, variables), 0);
  return read_bytes(file);
}

// One event with its names resolved.
struct NamedEvent {
  EventKind kind;
  std::string op, key, lane, file;
  uint32_t line;
  uint64_t step, occurrence, identity;
  double value;
  std::vector<kernels::Digest> inputs, outputs;
  Signature signature;
  Phase phase;
};

struct WholeTrace {
  std::vector<NamedEvent> events;
  std::vector<ReplayRecord> replays;
  std::vector<std::string> replay_ops, replay_files;
  std::vector<SourceRecord> sources;
  TraceSummary summary;

  std::vector<NamedEvent> of(const std::string& op) const {
    std::vector<NamedEvent> found;
    for (const NamedEvent& event : events)
      if (event.op == op) found.push_back(event);
    return found;
  }
};

inline WholeTrace read_trace(const std::filesystem::path& folder) {
  WholeTrace trace;
  TraceReader reader(folder);
  while (const Event* event = reader.next()) {
    trace.events.push_back({event->kind,
                            std::string(reader.text(event->op)),
                            std::string(reader.text(event->key)),
                            std::string(reader.lane_name(event->lane)),
                            std::string(reader.text(event->file)),
                            event->line,
                            event->step,
                            event->occurrence,
                            reader.identity(*event),
                            event->value,
                            {event->inputs.begin(), event->inputs.end()},
                            {event->outputs.begin(), event->outputs.end()},
                            reader.signature(event->signature),
                            event->phase});
  }
  trace.replays = reader.replays();
  for (const ReplayRecord& replay : trace.replays) {
    trace.replay_ops.emplace_back(reader.text(replay.op));
    trace.replay_files.emplace_back(reader.text(replay.file));
  }
  trace.sources = reader.sources();
  trace.summary = reader.summary();
  return trace;
}

}  // namespace detaudit::instrument
