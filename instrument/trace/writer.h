#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "instrument/trace/event.h"
#include "kernels/dtype.h"

namespace detaudit::instrument {

// A BufferShape that owns nothing, for those who must not allocate.
struct BufferView {
  std::string_view name;
  kernels::DType dtype = kernels::DType::kU8;
  uint64_t elements = 0;
};

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

  // False: nothing can be recorded, all drops; error() says why (EEXIST: the name is taken).
  bool open(const char* path_without_suffix);
  int error() const;

  uint32_t intern(std::string_view text);                  // 0 when it could not be recorded
  uint32_t intern(std::string_view text, uint64_t& hash);  // also gives its text_hash
  uint32_t lane(std::string_view name);
  uint32_t signature(const Signature& signature);
  uint32_t signature(std::span<const BufferView> inputs, std::span<const BufferView> outputs);
  void event(const Event& event);
  void replay(const ReplayRecord& record);
  // A later record of the same kind, function and site replaces the count of an earlier one.
  void source(const SourceRecord& record);
  void source(SourceKind kind, std::string_view function, std::string_view site, uint64_t step,
              uint64_t order, uint64_t count);
  void reach(uint64_t step);  // says in the header how far the subject is, with no event
  void drop(uint64_t events, const char* reason);
  void flush_to_disk();
  void finish();
  void abandon();  // forget the file as it is: in a fork's child it belongs to the parent

  uint64_t events() const;
  uint64_t dropped() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace detaudit::instrument
