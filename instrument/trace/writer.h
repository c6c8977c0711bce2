#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "instrument/trace/event.h"

namespace detaudit::instrument {

// Appends records to one trace file through a shared mapping, so that what was written survives
// the process. Used inside subjects: never throws, never prints; trouble counts as dropped events.
// One thread at a time (the recorder holds the lock). Memory: one mapped window.
// The file is NAME.dtrace.partial until finish() renames it to NAME.dtrace.
class TraceWriter {
 public:
  TraceWriter();
  ~TraceWriter();  // does not finish
  TraceWriter(const TraceWriter&) = delete;
  TraceWriter& operator=(const TraceWriter&) = delete;

  bool open(const char* path_without_suffix);  // false: nothing can be recorded, all drops

  uint32_t intern(std::string_view text);                    // 0 when it could not be recorded
  uint32_t lane(std::string_view name);
  uint32_t signature(const Signature& signature);
  void event(const Event& event);
  void replay(const ReplayRecord& record);
  void source(const SourceRecord& record);
  void drop(uint64_t events, const char* reason);
  void flush_to_disk();
  void finish();

  uint64_t events() const;
  uint64_t dropped() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace detaudit::instrument
