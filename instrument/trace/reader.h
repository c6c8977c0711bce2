#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "instrument/trace/event.h"

namespace detaudit::instrument {

// How a trace ended.
enum class TraceState {
  kFinished,   // the process said so, or the runner sealed it after a normal exit
  kUnfinished, // killed, crashed, or still running: whole records up to there are good
};

struct TraceSummary {
  TraceState state = TraceState::kUnfinished;
  uint64_t events = 0;
  uint64_t dropped = 0;        // events that could not be recorded: > 0 is lossy
  std::string lossy_reason;    // why, when dropped > 0 or the file is damaged
  uint64_t damaged_bytes = 0;  // after the last whole record
};

struct FileIds;

// Where an event's record lies.
struct RecordPlace {
  uint32_t file = 0;    // by birth of its process
  uint64_t offset = 0;  // bytes
  uint64_t order = 0;   // of the event
};

// Reads the trace of one run: a directory with one file per process. Streams; memory is bounded by
// the string tables and one buffer a file. Events come file by file in the order of process birth,
// and within a file in execution order.
// Throws reports::DiagnosticError (DET904) when the directory holds no trace, or one that is
// foreign or of a newer version. Damage in the middle ends that file: it is in summary().
class TraceReader {
 public:
  explicit TraceReader(const std::filesystem::path& run_directory);
  ~TraceReader();
  TraceReader(TraceReader&&) noexcept;

  // The next event, or null at the end. The pointer is valid until the next call.
  const Event* next();
  uint32_t process() const;  // of that event: the index of its file, by birth
  // Of that event: where EventCursor finds it again. Not at the end.
  RecordPlace place() const;
  const std::filesystem::path& path(uint32_t file) const;
  std::shared_ptr<const FileIds> ids(uint32_t file) const;

  std::string_view text(uint32_t id) const;         // strings by id; 0 is ""
  uint64_t hash(uint32_t id) const;                 // text_hash of it, precomputed
  const std::vector<uint64_t>& hashes() const;      // all of them, by id; grows
  const Signature& signature(uint32_t id) const;
  std::string_view lane_name(uint32_t lane) const;
  uint64_t lane_hash(uint32_t lane) const;
  size_t lanes() const;                             // seen so far
  uint64_t identity(const Event& event) const;      // identity_hash of its parts

  // Complete once next() returned null.
  const std::vector<ReplayRecord>& replays() const;
  const std::vector<SourceRecord>& sources() const;
  TraceSummary summary() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace detaudit::instrument
