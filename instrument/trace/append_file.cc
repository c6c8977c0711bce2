#include "instrument/trace/append_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
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
  if (std::strlen(path) >= kPathBytes) return ENAMETOOLONG;
  std::strcpy(path_, path);
  int descriptor = ::open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (descriptor < 0) return errno;
  struct stat facts;
  int error = fstat(descriptor, &facts) == 0 ? allocate(descriptor, 0, kTraceHeaderBytes) : errno;
  TraceHeader header = new_header();
  if (!error && pwrite(descriptor, &header, sizeof header, 0) != sizeof header) error = EIO;
  void* page = MAP_FAILED;
  if (!error) {
    page = mmap(nullptr, kTraceHeaderBytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (page == MAP_FAILED) error = errno;
  }
  ::close(descriptor);
  if (error) {
    unlink(path);
    return error;
  }
  device_ = facts.st_dev;
  inode_ = facts.st_ino;
  header_ = static_cast<TraceHeader*>(page);
  window_ = nullptr;
  end_ = window_begin_ = window_end_ = kTraceHeaderBytes;
  next_window_bytes_ = kFirstWindowBytes;
  error_ = 0;
  return 0;
}

// A descriptor of our file, or -1 and error_.
int AppendFile::open_again() {
  int descriptor = ::open(path_, O_RDWR | O_CLOEXEC);
  struct stat facts;
  if (descriptor >= 0 && fstat(descriptor, &facts) == 0 && facts.st_dev == device_ &&
      facts.st_ino == inode_)
    return descriptor;
  error_ = descriptor >= 0 ? ESTALE : errno;
  if (descriptor >= 0) ::close(descriptor);
  return -1;
}

void AppendFile::unmap_window() {
  if (window_) munmap(window_, window_end_ - window_begin_);
  window_ = nullptr;
}

void AppendFile::abandon() {
  unmap_window();
  if (header_) munmap(header_, kTraceHeaderBytes);
  header_ = nullptr;
}

int AppendFile::close() {
  if (!header_) return EBADF;
  int descriptor = open_again();
  if (descriptor >= 0) {
    error_ = ftruncate(descriptor, static_cast<off_t>(end_)) == 0 ? 0 : errno;
    ::close(descriptor);
  }
  abandon();
  return error_;
}

void AppendFile::flush_to_disk() {
  int descriptor = header_ ? open_again() : -1;
  if (descriptor < 0) return;
  fdatasync(descriptor);
  ::close(descriptor);
}

bool AppendFile::map_window(size_t begin, size_t bytes) {
  int descriptor = open_again();
  if (descriptor < 0) return false;
  error_ = allocate(descriptor, begin, begin + bytes);
  void* pages = MAP_FAILED;
  if (!error_) {
    pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor,
                 static_cast<off_t>(begin));
    if (pages == MAP_FAILED) error_ = errno;
  }
  ::close(descriptor);
  if (error_) return false;
  window_ = static_cast<unsigned char*>(pages);
  window_begin_ = begin;
  window_end_ = begin + bytes;
  return true;
}

bool AppendFile::move_window(size_t bytes) {
  if (!header_ || bytes > kMaxRecordBytes) return false;
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
