#include "auditor/compare/spill.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string>

#include "reports/diagnostic.h"

namespace detaudit::auditor {
namespace {

constexpr size_t kSmallestBlock = 256, kLargestBlock = 8192;

void hand_out(const unsigned char* bytes, size_t count,
              const std::function<void(const PackedEvent&)>& sink) {
  for (size_t at = 0; at < count;) {
    const auto& event = *reinterpret_cast<const PackedEvent*>(bytes + at);
    sink(event);
    at += event.size_bytes();
  }
}

}  // namespace

Spill::Spill(std::filesystem::path directory, size_t memory_bytes)
    : directory_(std::move(directory)),
      block_bytes_(std::clamp(std::bit_floor(memory_bytes / 512 + 1), kSmallestBlock,
                              kLargestBlock)) {
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
  ::posix_fadvise(file_, 0, 0, POSIX_FADV_RANDOM);  // read back block by block
}

void Spill::write(Side side, const WaitingTable& table) {
  if (!buffers_) {
    buffers_ = std::make_unique_for_overwrite<uint64_t[]>(2 * kPartitions * block_bytes_ /
                                                          sizeof(uint64_t));
  }
  table.for_each([&](const PackedEvent& event) { add(side, event); });
}

unsigned char* Spill::buffer(Side side, size_t partition) const {
  const size_t number = static_cast<size_t>(side) * kPartitions + partition;
  return reinterpret_cast<unsigned char*>(buffers_.get()) + number * block_bytes_;
}

void Spill::add(Side side, const PackedEvent& event) {
  const size_t bytes = event.size_bytes();
  const size_t number = WaitingTable::partition(event.identity());
  Partition& partition = partitions_[static_cast<size_t>(side)][number];
  unsigned char* gathered = buffer(side, number);
  bytes_ += bytes;
  if (partition.buffered_bytes + bytes > block_bytes_) {
    write_stretch(partition, gathered, partition.buffered_bytes);
    partition.buffered_bytes = 0;
  }
  if (bytes > block_bytes_) {
    return write_stretch(partition, reinterpret_cast<const unsigned char*>(&event), bytes);
  }
  std::memcpy(gathered + partition.buffered_bytes, &event, bytes);
  partition.buffered_bytes += static_cast<uint32_t>(bytes);
}

void Spill::write_stretch(Partition& partition, const unsigned char* from, size_t bytes) {
  if (bytes == 0) return;
  if (file_ < 0) open();
  const uint64_t offset = uint64_t{blocks_} * block_bytes_;
  for (size_t done = 0; done < bytes;) {
    const ssize_t written =
        ::pwrite(file_, from + done, bytes - done, static_cast<off_t>(offset + done));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail("cannot write to", written == 0 ? ENOSPC : errno);
    done += static_cast<size_t>(written);
  }
  partition.stretches.push_back({blocks_, static_cast<uint32_t>(bytes)});
  partition.written_bytes += bytes;
  blocks_ += static_cast<uint32_t>((bytes + block_bytes_ - 1) / block_bytes_);
}

uint64_t Spill::partition_bytes(Side side, size_t partition) const {
  const Partition& asked = partitions_[static_cast<size_t>(side)][partition];
  return asked.written_bytes + asked.buffered_bytes;
}

void Spill::read(Side side, size_t partition,
                 const std::function<void(const PackedEvent&)>& sink) {
  const Partition& asked = partitions_[static_cast<size_t>(side)][partition];
  for (const Stretch& stretch : asked.stretches) {
    read_.resize(std::max<size_t>(read_.size(), stretch.bytes / sizeof(uint64_t)));
    auto* bytes = reinterpret_cast<unsigned char*>(read_.data());
    read_stretch(stretch, bytes);
    hand_out(bytes, stretch.bytes, sink);
  }
  if (asked.buffered_bytes > 0) hand_out(buffer(side, partition), asked.buffered_bytes, sink);
}

void Spill::read_stretch(const Stretch& stretch, unsigned char* into) const {
  size_t done = 0;
  while (done < stretch.bytes) {
    const off_t offset = static_cast<off_t>(uint64_t{stretch.block} * block_bytes_ + done);
    const ssize_t count = ::pread(file_, into + done, stretch.bytes - done, offset);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail("cannot read back from", count == 0 ? EIO : errno);
    done += static_cast<size_t>(count);
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
