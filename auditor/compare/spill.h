#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "auditor/compare/waiting_table.h"

namespace detaudit::auditor {

// Waiting events that memory did not hold, in one file without a name (so that it goes whatever
// happens to the process), found again by run and range of identities. Each range is gathered in a
// block of its own; those that are full are written many at once, since the kernel's work for a
// write is by the piece. Memory: those blocks, at most 8.5 MiB, and 8 bytes for each block written.
// Fails with reports::DiagnosticError (DET906) naming the directory.
class Spill {
 public:
  // `memory_bytes`: what may be used, for smaller buffers where that is little. No directory: the
  // system's temporary one.
  Spill(std::filesystem::path directory, size_t memory_bytes);
  ~Spill();
  Spill(const Spill&) = delete;
  Spill& operator=(const Spill&) = delete;

  void write(Side side, const WaitingTable& table);
  uint64_t bytes() const { return bytes_; }

  static constexpr unsigned kPartitionBits = 9;
  static constexpr size_t kPartitions = size_t{1} << kPartitionBits;
  uint64_t partition_bytes(Side side, size_t number);
  // Each event is valid until `sink` returns.
  void read(Side side, size_t number, const std::function<void(const PackedEvent&)>& sink);

 private:
  struct Stretch {
    uint32_t block = 0, bytes = 0;  // in the file
  };
  struct Partition {
    std::vector<Stretch> stretches;
    uint64_t written_bytes = 0;
    uint32_t gathered_bytes = 0;
    uint64_t* gathered = nullptr;  // a block of memory, once there is something in it
  };
  static constexpr size_t kBlocksAtOnce = 64;
  Partition& partition(Side side, size_t number) {
    return partitions_[static_cast<size_t>(side)][number];
  }
  Partition& partition_of(Side side, uint64_t identity) {
    return partition(side, identity >> (64 - kPartitionBits));
  }
  // Where an event of so many bytes goes; null for one that is larger than a block.
  PackedEvent* room_for(Partition& partition, size_t bytes);
  uint64_t* free_block();
  void set_full_aside(Partition& partition);
  void write_full();
  void open();
  void write_large(Partition& partition, const PackedEvent& event, size_t bytes);
  void write_pieces(std::span<iovec> pieces);
  void read_stretch(const Stretch& stretch, uint64_t* into) const;
  [[noreturn]] void fail(const char* what, int error) const;

  std::filesystem::path directory_;
  const size_t block_bytes_;
  int file_ = -1;
  uint64_t bytes_ = 0;
  uint32_t blocks_ = 0;  // of the file, so far
  std::vector<std::unique_ptr<uint64_t[]>> memory_;
  std::vector<uint64_t*> free_;  // blocks of memory
  std::vector<iovec> full_;      // likewise, in the order of their places in the file
  std::vector<uint64_t> read_;
  Partition partitions_[2][kPartitions];
};

}  // namespace detaudit::auditor
