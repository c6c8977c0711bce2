#pragma once

#include <sys/types.h>

#include <cstddef>

#include "instrument/trace/format.h"

namespace detaudit::instrument {

// 0 when this process may make a file `bytes` long, EFBIG otherwise: trying would be a signal.
int allowed_file_size(size_t bytes);

// A file that grows through a shared mapping: what was stored survives the process, SIGKILL
// included. Blocks are allocated before they are mapped, so that a full disk is an error of
// reserve(), not a SIGBUS. The header page stays mapped; one window moves along. No descriptor is
// kept: the subject may close it, and give its number to a file of its own.
class AppendFile {
 public:
  // Creates `path`, absolute and not there yet, with a header for this process. 0 or an errno.
  int create(const char* path);
  // Unmaps; the file stays as it is.
  void abandon();
  // Cuts the file after the last commit, then as abandon(). 0 or an errno.
  int close();
  void flush_to_disk();

  // `bytes` zeroed bytes (a multiple of 8, at most kMaxRecordBytes) at the end, or null: error().
  unsigned char* reserve(size_t bytes) {
    if (end_ + bytes > window_end_ && !move_window(bytes)) return nullptr;
    return window_ + (end_ - window_begin_);
  }
  void commit(size_t bytes) { end_ += bytes; }

  TraceHeader* header() { return header_; }
  int error() const { return error_; }

 private:
  bool move_window(size_t bytes);
  bool map_window(size_t begin, size_t bytes);
  void unmap_window();
  int open_again();

  static constexpr size_t kPathBytes = 4096;
  char path_[kPathBytes];
  dev_t device_ = 0;  // which file it is, whatever the path leads to by now
  ino_t inode_ = 0;
  int error_ = 0;
  TraceHeader* header_ = nullptr;
  unsigned char* window_ = nullptr;
  size_t window_begin_ = 0, window_end_ = 0;
  size_t next_window_bytes_ = 0;
  size_t end_ = 0;
};

}  // namespace detaudit::instrument
