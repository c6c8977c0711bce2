#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "auditor/compare/waiting_table.h"

namespace detaudit::auditor {

// Waiting events that memory did not hold, in one file without a name (so that it goes whatever
// happens to the process), found again by run and range of identities. Memory: 24 bytes for each
// stretch written, one buffer.
// Fails with reports::DiagnosticError (DET906) naming the directory.
class Spill {
 public:
  explicit Spill(std::filesystem::path directory);  // empty: the system's temporary directory
  ~Spill();
  Spill(const Spill&) = delete;
  Spill& operator=(const Spill&) = delete;

  void write(Side side, const WaitingTable& table);
  uint64_t bytes() const { return bytes_; }

  static constexpr size_t kPartitions = size_t{1} << WaitingTable::kPartitionBits;
  uint64_t partition_bytes(Side side, size_t partition) const;
  void read(Side side, size_t partition, const std::function<void(const Sighting&)>& sink) const;

 private:
  struct Stretch {
    uint64_t offset = 0, bytes = 0;
  };
  void open();
  void flush();
  void read_stretch(const Stretch& stretch, const std::function<void(const Sighting&)>& sink) const;
  [[noreturn]] void fail(const char* what, int error) const;

  std::filesystem::path directory_;
  int file_ = -1;
  uint64_t bytes_ = 0;
  std::vector<unsigned char> buffer_;
  std::vector<Stretch> stretches_[2][kPartitions];
};

}  // namespace detaudit::auditor
