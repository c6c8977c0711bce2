#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "auditor/launch/file_descriptor.h"
#include "kernels/digest.h"

namespace detaudit::auditor {

// One output stream of a subject, read from a pipe: digested in 64 KiB chunks as it arrives, its
// beginning kept in a file, its end in memory. Owns the pipe's read end. Memory: one chunk, and
// 16 bytes for each chunk seen.
class OutputStream {
 public:
  // `pipe` is non-blocking. At most keep_bytes go to `file`.
  OutputStream(FileDescriptor pipe, const std::filesystem::path& file, uint64_t keep_bytes);

  int fd() const { return pipe_.get(); }
  bool open() const { return pipe_.valid(); }
  void read_available();  // returns after at most a few MiB; closes at the end of the stream
  void finish();          // closes, digests what is left; again: nothing

  uint64_t bytes() const { return bytes_; }
  std::string tail() const;
  std::vector<kernels::Digest> take_chunks() { return std::move(chunks_); }
  const std::string& keep_failure() const { return keep_failure_; }  // empty: all was kept

 private:
  void keep(const unsigned char* data, size_t bytes);
  void close_chunk();

  FileDescriptor pipe_;
  FileDescriptor file_;
  uint64_t keep_left_;
  uint64_t bytes_ = 0;
  size_t filled_ = 0;
  std::unique_ptr<unsigned char[]> chunk_;
  std::string previous_tail_;  // end of the chunk before this one
  std::vector<kernels::Digest> chunks_;
  std::string keep_failure_;
};

}  // namespace detaudit::auditor
