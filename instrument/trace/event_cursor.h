#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "instrument/trace/file_ids.h"
#include "instrument/trace/reader.h"

namespace detaudit::instrument {

// Reads events of one trace file a second time, from a place on that its reader has given, and at
// most as far as that reader has come. Memory: one buffer of `buffer_bytes`, more while a record
// is larger. Throws reports::DiagnosticError (DET904) when the file is not what it was.
class EventCursor {
 public:
  EventCursor(const TraceReader& reader, RecordPlace from, size_t buffer_bytes);
  ~EventCursor();
  EventCursor(const EventCursor&) = delete;
  EventCursor& operator=(const EventCursor&) = delete;

  void seek(RecordPlace to);  // in the same file
  // The next event of the lane, or of any. Valid until the next call.
  const Event& next_of(uint32_t lane);
  const Event& next();
  uint64_t passed() const { return passed_; }  // events that were read, wanted or not

 private:
  template <typename Wanted>
  const Event& find(Wanted&& wanted);
  const RecordHead& next_record();
  void fill(size_t bytes);
  [[noreturn]] void fail() const;

  std::filesystem::path path_;
  std::shared_ptr<const FileIds> ids_;
  int descriptor_ = -1;
  uint64_t next_order_, passed_ = 0;
  uint64_t offset_;                // of what follows the buffer in the file
  std::vector<uint64_t> buffer_;   // words, so that records are aligned
  size_t begin_ = 0, filled_ = 0;  // bytes in buffer_
  Event event_;
};

}  // namespace detaudit::instrument
