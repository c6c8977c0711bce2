#include "auditor/compare/spill.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "reports/diagnostic.h"

namespace detaudit::auditor {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 20;

}  // namespace

Spill::Spill(std::filesystem::path directory) : directory_(std::move(directory)) {
  if (directory_.empty()) {
    std::error_code error;
    directory_ = std::filesystem::temp_directory_path(error);
    if (error) directory_ = "/tmp";
  }
}

Spill::~Spill() {
  if (file_ >= 0) ::close(file_);
}

void Spill::open() {
  std::string name = (directory_ / "detaudit-spill-XXXXXX").string();
  file_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (file_ < 0) fail("cannot create a file in", errno);
  ::unlink(name.c_str());
  buffer_.reserve(kBufferBytes);
}

void Spill::write(Side side, const WaitingTable& table) {
  if (file_ < 0) open();
  auto& partitions = stretches_[static_cast<size_t>(side)];
  size_t last_partition = kPartitions;
  table.for_each([&](const WaitingEvent& event) {
    const size_t bytes = event.size_bytes();
    const size_t partition = WaitingTable::partition(event.sighting.identity);
    if (partition != last_partition) partitions[partition].push_back({bytes_, 0});
    last_partition = partition;
    partitions[partition].back().bytes += bytes;
    if (buffer_.size() + bytes > kBufferBytes) flush();
    const auto* raw = reinterpret_cast<const unsigned char*>(&event);
    buffer_.insert(buffer_.end(), raw, raw + bytes);
    bytes_ += bytes;
  });
  flush();
}

void Spill::flush() {
  uint64_t offset = bytes_ - buffer_.size();
  size_t done = 0;
  while (done < buffer_.size()) {
    const ssize_t written =
        ::pwrite(file_, buffer_.data() + done, buffer_.size() - done, static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail("cannot write to", written == 0 ? ENOSPC : errno);
    done += static_cast<size_t>(written);
    offset += static_cast<uint64_t>(written);
  }
  buffer_.clear();
}

uint64_t Spill::partition_bytes(Side side, size_t partition) const {
  uint64_t bytes = 0;
  for (const Stretch& stretch : stretches_[static_cast<size_t>(side)][partition]) {
    bytes += stretch.bytes;
  }
  return bytes;
}

void Spill::read(Side side, size_t partition,
                 const std::function<void(const Sighting&)>& sink) const {
  for (const Stretch& stretch : stretches_[static_cast<size_t>(side)][partition]) {
    read_stretch(stretch, sink);
  }
}

void Spill::read_stretch(const Stretch& stretch,
                         const std::function<void(const Sighting&)>& sink) const {
  std::vector<uint64_t> words(stretch.bytes / sizeof(uint64_t));
  auto* bytes = reinterpret_cast<unsigned char*>(words.data());
  size_t done = 0;
  while (done < stretch.bytes) {
    const ssize_t count = ::pread(file_, bytes + done, stretch.bytes - done,
                                  static_cast<off_t>(stretch.offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail("cannot read back from", count == 0 ? EIO : errno);
    done += static_cast<size_t>(count);
  }
  for (size_t at = 0; at < stretch.bytes;) {
    auto* event = reinterpret_cast<WaitingEvent*>(bytes + at);
    event->adopt_digests();
    sink(event->sighting);
    at += event->size_bytes();
  }
}

void Spill::fail(const char* what, int error) const {
  throw reports::usage_error(
      "DET906",
      std::string(what) + " `" + directory_.string() +
          "`, where events wait while two runs are compared: " + std::strerror(error),
      "free space there, or set TMPDIR to a writable directory with room for both traces");
}

}  // namespace detaudit::auditor
