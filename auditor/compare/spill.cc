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

void hand_out(const uint64_t* words, size_t bytes,
              const std::function<void(const PackedEvent&)>& sink) {
  for (const uint64_t* end = words + bytes / sizeof(uint64_t); words < end;) {
    const auto& event = *reinterpret_cast<const PackedEvent*>(words);
    sink(event);
    words += event.size_bytes() / sizeof(uint64_t);
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
  table.for_each([&](const PackedEvent& event) {
    const size_t bytes = event.size_bytes();
    Partition& into = partition_of(side, event.identity());
    if (PackedEvent* room = room_for(into, bytes)) {
      std::memcpy(static_cast<void*>(room), &event, bytes);
    } else {
      write_large(into, event, bytes);
    }
  });
}

inline PackedEvent* Spill::room_for(Partition& partition, size_t bytes) {
  bytes_ += bytes;
  if (bytes > block_bytes_) return nullptr;
  if (partition.gathered_bytes + bytes > block_bytes_) set_full_aside(partition);
  if (partition.gathered == nullptr) partition.gathered = free_block();
  uint64_t* room = partition.gathered + partition.gathered_bytes / sizeof(uint64_t);
  partition.gathered_bytes += static_cast<uint32_t>(bytes);
  return reinterpret_cast<PackedEvent*>(room);
}

uint64_t* Spill::free_block() {
  if (free_.empty()) {
    const size_t words = block_bytes_ / sizeof(uint64_t);
    memory_.push_back(std::make_unique_for_overwrite<uint64_t[]>(kBlocksAtOnce * words));
    for (size_t i = 0; i < kBlocksAtOnce; ++i) free_.push_back(memory_.back().get() + i * words);
  }
  uint64_t* block = free_.back();
  free_.pop_back();
  return block;
}

void Spill::set_full_aside(Partition& partition) {
  const auto place = static_cast<uint32_t>(blocks_ + full_.size());
  partition.stretches.push_back({place, partition.gathered_bytes});
  partition.written_bytes += partition.gathered_bytes;
  full_.push_back({partition.gathered, block_bytes_});
  partition.gathered = nullptr;
  partition.gathered_bytes = 0;
  if (full_.size() == kBlocksAtOnce) write_full();
}

void Spill::write_full() {
  for (const iovec& block : full_) free_.push_back(static_cast<uint64_t*>(block.iov_base));
  const auto blocks = static_cast<uint32_t>(full_.size());
  write_pieces(full_);
  blocks_ += blocks;
  full_.clear();
}

// An event larger than a block.
void Spill::write_large(Partition& partition, const PackedEvent& event, size_t bytes) {
  write_full();
  iovec piece{const_cast<PackedEvent*>(&event), bytes};
  write_pieces({&piece, 1});
  partition.stretches.push_back({blocks_, static_cast<uint32_t>(bytes)});
  partition.written_bytes += bytes;
  blocks_ += static_cast<uint32_t>((bytes + block_bytes_ - 1) / block_bytes_);
}

// Behind what is in the file.
void Spill::write_pieces(std::span<iovec> pieces) {
  if (file_ < 0) open();
  auto offset = static_cast<off_t>(uint64_t{blocks_} * block_bytes_);
  while (!pieces.empty()) {
    const ssize_t written =
        ::pwritev(file_, pieces.data(), static_cast<int>(pieces.size()), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail("cannot write to", written == 0 ? ENOSPC : errno);
    offset += written;
    auto left = static_cast<size_t>(written);
    while (!pieces.empty() && left >= pieces.front().iov_len) {
      left -= pieces.front().iov_len;
      pieces = pieces.subspan(1);
    }
    if (left > 0) {
      pieces.front().iov_base = static_cast<unsigned char*>(pieces.front().iov_base) + left;
      pieces.front().iov_len -= left;
    }
  }
}

uint64_t Spill::partition_bytes(Side side, size_t number) {
  const Partition& asked = partition(side, number);
  return asked.written_bytes + asked.gathered_bytes;
}

void Spill::read(Side side, size_t number, const std::function<void(const PackedEvent&)>& sink) {
  write_full();
  const Partition& asked = partition(side, number);
  for (const Stretch& stretch : asked.stretches) {
    read_.resize(std::max<size_t>(read_.size(), stretch.bytes / sizeof(uint64_t)));
    read_stretch(stretch, read_.data());
    hand_out(read_.data(), stretch.bytes, sink);
  }
  if (asked.gathered_bytes > 0) hand_out(asked.gathered, asked.gathered_bytes, sink);
}

void Spill::read_stretch(const Stretch& stretch, uint64_t* into) const {
  size_t done = 0;
  while (done < stretch.bytes) {
    const off_t offset = static_cast<off_t>(uint64_t{stretch.block} * block_bytes_ + done);
    const ssize_t count = ::pread(file_, reinterpret_cast<unsigned char*>(into) + done, stretch.bytes - done, offset);
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
