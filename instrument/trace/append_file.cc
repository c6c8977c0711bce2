#include "instrument/trace/append_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace detaudit::instrument {
namespace {

constexpr size_t kPageBytes = 4096;
constexpr size_t kFirstWindowBytes = size_t{64} << 10;
constexpr size_t kWindowBytes = size_t{2} << 20;

// Allocates blocks up to `end`.
int allocate(int descriptor, size_t begin, size_t end) {
  int error = allowed_file_size(end);
  if (error) return error;
  do {
    error = posix_fallocate(descriptor, static_cast<off_t>(begin), static_cast<off_t>(end - begin));
  } while (error == EINTR);
  return error;
}

TraceHeader new_header() {
  TraceHeader header{};
  std::memcpy(header.magic, kTraceMagic, sizeof header.magic);
  header.version = kTraceVersion;
  header.byte_order = kTraceByteOrder;
  header.header_bytes = kTraceHeaderBytes;
  header.process = static_cast<uint32_t>(getpid());
  header.checksum = header_checksum(header);
  header.dropped_check = ~uint64_t{0};
  return header;
}

}  // namespace

int allowed_file_size(size_t bytes) {
  rlimit limit{};
  bool limited = getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  return limited && bytes > limit.rlim_cur ? EFBIG : 0;
}

int AppendFile::create(const char* path) {
  descriptor_ = ::open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (descriptor_ < 0) return errno;
  int error = allocate(descriptor_, 0, kTraceHeaderBytes);
  TraceHeader header = new_header();
  if (!error && pwrite(descriptor_, &header, sizeof header, 0) != sizeof header) error = EIO;
  void* page = MAP_FAILED;
  if (!error) {
    page = mmap(nullptr, kTraceHeaderBytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
    if (page == MAP_FAILED) error = errno;
  }
  if (error) {
    ::close(descriptor_);
    unlink(path);
    descriptor_ = -1;
    return error;
  }
  header_ = static_cast<TraceHeader*>(page);
  window_ = nullptr;
  end_ = window_begin_ = window_end_ = kTraceHeaderBytes;
  next_window_bytes_ = kFirstWindowBytes;
  error_ = 0;
  return 0;
}

void AppendFile::unmap_window() {
  if (window_) munmap(window_, window_end_ - window_begin_);
  window_ = nullptr;
}

void AppendFile::abandon() {
  unmap_window();
  if (header_) munmap(header_, kTraceHeaderBytes);
  if (descriptor_ >= 0) ::close(descriptor_);
  header_ = nullptr;
  descriptor_ = -1;
}

int AppendFile::close() {
  if (descriptor_ < 0) return EBADF;
  unmap_window();
  int error = ftruncate(descriptor_, static_cast<off_t>(end_)) == 0 ? 0 : errno;
  abandon();
  return error;
}

bool AppendFile::map_window(size_t begin, size_t bytes) {
  error_ = allocate(descriptor_, begin, begin + bytes);
  if (error_) return false;
  void* pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_,
                     static_cast<off_t>(begin));
  if (pages == MAP_FAILED) {
    error_ = errno;
    return false;
  }
  window_ = static_cast<unsigned char*>(pages);
  window_begin_ = begin;
  window_end_ = begin + bytes;
  return true;
}

bool AppendFile::move_window(size_t bytes) {
  if (descriptor_ < 0 || bytes > kMaxRecordBytes) return false;
  unmap_window();
  window_begin_ = window_end_ = end_;
  size_t begin = end_ & ~(kPageBytes - 1);
  size_t least = (end_ - begin + bytes + kPageBytes - 1) & ~(kPageBytes - 1);
  // A nearly full disk still takes the records that fit.
  for (size_t want = std::max(next_window_bytes_, least);; want = std::max(want / 2, least)) {
    if (map_window(begin, want)) break;
    if (want == least) return false;
  }
  next_window_bytes_ = std::min(2 * next_window_bytes_, kWindowBytes);
  return true;
}

}  // namespace detaudit::instrument
