#include "instrument/trace/trace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "reports/diagnostic.h"

namespace detaudit::instrument {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 20;
static_assert(kBufferBytes > kMaxRecordBytes);
// At a time: so little that it is still in a core's cache when it is looked at.
constexpr size_t kReadBytes = size_t{128} << 10;

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& what,
                       const std::string& help) {
  throw reports::usage_error("DET904", "trace `" + path.string() + "` " + what, help);
}

// read() until `bytes` are there or the file ends.
size_t read_fully(const std::filesystem::path& path, int descriptor, unsigned char* to,
                  size_t bytes) {
  size_t got = 0;
  while (got < bytes) {
    ssize_t part = ::read(descriptor, to + got, bytes - got);
    if (part < 0 && errno == EINTR) continue;
    if (part < 0)
      fail(path, std::string("cannot be read: ") + std::strerror(errno),
           "check the file and its permissions");
    if (part == 0) break;
    got += static_cast<size_t>(part);
  }
  return got;
}

}  // namespace

TraceFile::TraceFile(const std::filesystem::path& path) : path_(path) {
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0)
    fail(path, std::string("cannot be opened: ") + std::strerror(errno),
         "check the path and its permissions");
  struct stat facts {};
  if (fstat(descriptor_, &facts) != 0) facts.st_size = 0;
  buffer_.resize(std::clamp<size_t>(static_cast<size_t>(facts.st_size) / 8 + 1,
                                    kTraceHeaderBytes / 8, kBufferBytes / 8));
  try {
    read_header();
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

TraceFile::~TraceFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

TraceFile::TraceFile(TraceFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      header_(other.header_),
      buffer_(std::move(other.buffer_)),
      begin_(other.begin_),
      filled_(other.filled_),
      whole_bytes_(other.whole_bytes_),
      damaged_bytes_(other.damaged_bytes_),
      end_(other.end_),
      ended_(other.ended_) {}

void TraceFile::read_header() {
  auto* bytes = reinterpret_cast<unsigned char*>(buffer_.data());
  size_t got = read_fully(path_, descriptor_, bytes, kTraceHeaderBytes);
  if (std::memcmp(bytes, kTraceMagic, std::min(got, sizeof kTraceMagic)) != 0)
    fail(path_, "is not a trace of detaudit", "name the directory of a run that detaudit recorded");
  if (got < kTraceHeaderBytes) {  // killed, or cut, while the first page was being written
    header_.dropped_check = ~uint64_t{0};
    damaged_bytes_ = got;
    end_ = FileEnd::kDamage;
    ended_ = true;
    return;
  }
  std::memcpy(&header_, bytes, sizeof header_);
  header_.reason[sizeof header_.reason - 1] = '\0';
  if (header_.byte_order != kTraceByteOrder)
    fail(path_, "was written on a machine of another byte order", "read it on such a machine");
  if (header_.checksum != header_checksum(header_))
    fail(path_, "has a damaged header", "record the run again");
  if (header_.version != kTraceVersion)
    fail(path_,
         "has format version " + std::to_string(header_.version) + ", this detaudit reads " +
             std::to_string(kTraceVersion),
         "use the detaudit that recorded it, or record the run again");
  whole_bytes_ = kTraceHeaderBytes;
}

uint64_t TraceFile::dropped() const {
  if (header_.dropped_check == ~header_.dropped) return header_.dropped;
  return std::max<uint64_t>(1, header_.dropped);
}

bool TraceFile::read_on(size_t bytes) {
  auto* base = reinterpret_cast<unsigned char*>(buffer_.data());
  std::memmove(base, base + begin_, filled_ - begin_);
  filled_ -= begin_;
  begin_ = 0;
  const size_t room = buffer_.size() * 8 - filled_;
  filled_ += read_fully(path_, descriptor_, base + filled_, std::min(room, std::max(kReadBytes, bytes)));
  return filled_ >= bytes;
}

const RecordHead* TraceFile::finish(const RecordHead* end_record) {
  if (ended_) return nullptr;
  finish_tail();
  if (end_record != nullptr && damaged_bytes_ == 0) end_ = FileEnd::kEndRecord;
  return nullptr;
}

void TraceFile::reject(const RecordHead& record) {
  begin_ -= record.size;
  whole_bytes_ -= record.size;
  finish_tail();
}

// What follows the last whole record: the unused zeros of a killed writer's window, or damage up to
// the last byte that is not zero.
void TraceFile::finish_tail() {
  const auto* base = reinterpret_cast<const unsigned char*>(buffer_.data());
  uint64_t at = 0, last = 0;
  do {
    for (size_t i = begin_; i < filled_; ++i)
      if (base[i]) last = at + (i - begin_) + 1;
    at += filled_ - begin_;
    begin_ = filled_;
  } while (fill(1));
  damaged_bytes_ = last;
  end_ = last ? FileEnd::kDamage : FileEnd::kOpenEnd;
  ended_ = true;
}

}  // namespace detaudit::instrument
