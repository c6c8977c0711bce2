#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "instrument/trace/format.h"

namespace detaudit::instrument {

// How reading one file ended.
enum class FileEnd {
  kEndRecord,  // the writer finished
  kOpenEnd,    // whole records, then nothing
  kDamage,     // bytes that are no whole record follow
};

// One trace file, read forwards in blocks. Throws reports::DiagnosticError (DET904) when it cannot
// be opened, is foreign, or is of another version.
class TraceFile {
 public:
  explicit TraceFile(const std::filesystem::path& path);
  ~TraceFile();
  TraceFile(TraceFile&& other) noexcept;
  TraceFile& operator=(TraceFile&&) = delete;

  // The next record with a good checksum, valid until the next call; null at the end.
  const RecordHead* next() {
    const RecordHead* head = whole_record();
    if (head == nullptr) return finish(nullptr);
    begin_ += head->size;
    whole_bytes_ += head->size;
    return head->type != RecordType::kEnd ? head : finish(head);
  }
  // The record just given is not what its type promises: the file ends before it.
  void reject(const RecordHead& record);

  const TraceHeader& header() const { return header_; }
  uint64_t dropped() const;  // at least 1 when the header's counter is damaged
  FileEnd end() const { return end_; }
  uint64_t damaged_bytes() const { return damaged_bytes_; }
  uint64_t whole_bytes() const { return whole_bytes_; }  // header and records up to here
  const std::filesystem::path& path() const { return path_; }

 private:
  void read_header();
  bool fill(size_t bytes) { return filled_ - begin_ >= bytes || read_on(bytes); }
  bool read_on(size_t bytes);
  const RecordHead* finish(const RecordHead* end_record);
  void finish_tail();
  const RecordHead* at_begin() const {
    return reinterpret_cast<const RecordHead*>(
        reinterpret_cast<const unsigned char*>(buffer_.data()) + begin_);
  }
  // Null when none follows.
  const RecordHead* whole_record() {
    if (!fill(sizeof(RecordHead))) return nullptr;
    const uint32_t size = at_begin()->size;
    if (size < sizeof(RecordHead) || size % 8 != 0 || size > kMaxRecordBytes || !fill(size)) {
      return nullptr;
    }
    const RecordHead* head = at_begin();
    return head->checksum == record_checksum(head, size) ? head : nullptr;
  }

  std::filesystem::path path_;
  int descriptor_ = -1;
  TraceHeader header_{};
  std::vector<uint64_t> buffer_;   // words, so that records are aligned
  size_t begin_ = 0, filled_ = 0;  // bytes in buffer_
  uint64_t whole_bytes_ = 0;
  uint64_t damaged_bytes_ = 0;
  FileEnd end_ = FileEnd::kOpenEnd;
  bool ended_ = false;
};

// The trace files of a run's directory, finished or not, in the order of process birth.
std::vector<std::filesystem::path> trace_files(const std::filesystem::path& run_directory);

}  // namespace detaudit::instrument
