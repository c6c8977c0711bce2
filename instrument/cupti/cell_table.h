#pragma once

#include <cstdint>
#include <memory_resource>
#include <vector>

#include "instrument/cupti/digest_device.h"

namespace detaudit::instrument::cupti {

using CellId = uint32_t;
inline constexpr CellId kNoCell = UINT32_MAX;

// Digests that are wanted by several records, some not computed yet. A cell is counted by those who
// hold it; its number is its slot on the device. Not thread-safe.
class CellTable {
 public:
  CellTable(uint32_t cells, std::pmr::memory_resource* memory);

  // A cell that waits for its digest, held once; kNoCell when all are in use.
  CellId take();
  CellId take_known(const kernels::Digest& digest);
  void hold(CellId cell) { ++cells_[cell].holders; }
  void release(CellId cell);
  // The digest will never come.
  void fail(CellId cell);
  // It came by another way than the cell's slot.
  void give(CellId cell, const kernels::Digest& digest);

  bool waiting(CellId cell) const { return cells_[cell].state == State::kWaiting; }
  bool failed(CellId cell) const { return cells_[cell].state == State::kFailed; }
  const kernels::Digest& digest(CellId cell) const { return cells_[cell].digest; }

  // Asks the device for this cell if it still waits; true when it waits no longer.
  bool settle(CellId cell, DigestDevice& device);
  // A slot that nobody holds and that the device has not filled yet comes back here.
  void reclaim(DigestDevice& device);
  uint32_t free_cells() const { return static_cast<uint32_t>(free_.size()); }

 private:
  enum class State : uint8_t { kFree, kWaiting, kKnown, kFailed };
  struct Cell {
    State state = State::kFree;
    uint32_t holders = 0;
    kernels::Digest digest;
  };
  std::pmr::vector<Cell> cells_;
  std::pmr::vector<CellId> free_;
  std::pmr::vector<CellId> orphans_;  // waiting, held by nobody
};

}  // namespace detaudit::instrument::cupti
