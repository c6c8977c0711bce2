#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "auditor/compare/waiting_table.h"

namespace detaudit::auditor {

// Waiting events that memory did not hold, in one file without a name (so that it goes whatever
// happens to the process), found again by run and range of identities. Each range is gathered in a
// buffer of its own, which is written when it is full. Memory: those buffers, at most 16 MiB, and 8
// bytes for each block written.
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

  static constexpr size_t kPartitions = size_t{1} << WaitingTable::kPartitionBits;
  uint64_t partition_bytes(Side side, size_t partition) const;
  // Each event is valid until `sink` returns.
  void read(Side side, size_t partition, const std::function<void(const PackedEvent&)>& sink);

 private:
  struct Stretch {
    uint32_t block = 0, bytes = 0;
  };
  struct Partition {
    std::vector<Stretch> stretches;
    uint64_t written_bytes = 0;
    uint32_t buffered_bytes = 0;
  };
  void add(Side side, const PackedEvent& event);
  unsigned char* buffer(Side side, size_t partition) const;
  void open();
  void write_stretch(Partition& partition, const unsigned char* from, size_t bytes);
  void read_stretch(const Stretch& stretch, unsigned char* into) const;
  [[noreturn]] void fail(const char* what, int error) const;

  std::filesystem::path directory_;
  const size_t block_bytes_;
  int file_ = -1;
  uint64_t bytes_ = 0;
  uint32_t blocks_ = 0;
  std::unique_ptr<uint64_t[]> buffers_;
  std::vector<uint64_t> read_;
  Partition partitions_[2][kPartitions];
};

}  // namespace detaudit::auditor
