#include "instrument/cupti/cell_table.h"

namespace detaudit::instrument::cupti {

CellTable::CellTable(uint32_t cells, std::pmr::memory_resource* memory)
    : cells_(cells, memory), free_(memory), orphans_(memory) {
  free_.reserve(cells);
  orphans_.reserve(cells);
  for (uint32_t cell = cells; cell-- > 0;) free_.push_back(cell);
}

CellId CellTable::take() {
  if (free_.empty()) return kNoCell;
  const CellId cell = free_.back();
  free_.pop_back();
  cells_[cell] = {State::kWaiting, 1, {}};
  return cell;
}

CellId CellTable::take_known(const kernels::Digest& digest) {
  const CellId cell = take();
  if (cell != kNoCell) cells_[cell] = {State::kKnown, 1, digest};
  return cell;
}

void CellTable::release(CellId id) {
  Cell& cell = cells_[id];
  if (--cell.holders > 0) return;
  if (cell.state == State::kWaiting) {
    orphans_.push_back(id);
    return;
  }
  cell.state = State::kFree;
  free_.push_back(id);
}

void CellTable::fail(CellId id) {
  if (cells_[id].state == State::kWaiting) cells_[id].state = State::kFailed;
}

void CellTable::give(CellId id, const kernels::Digest& digest) {
  Cell& cell = cells_[id];
  if (cell.state != State::kWaiting) return;
  cell.state = State::kKnown;
  cell.digest = digest;
}

bool CellTable::settle(CellId id, DigestDevice& device) {
  Cell& cell = cells_[id];
  if (cell.state != State::kWaiting) return true;
  if (!device.poll(id, cell.digest)) return false;
  cell.state = State::kKnown;
  return true;
}

void CellTable::reclaim(DigestDevice& device) {
  for (size_t i = 0; i < orphans_.size();) {
    const CellId id = orphans_[i];
    if (cells_[id].holders > 0 || !settle(id, device)) {
      ++i;
      continue;
    }
    cells_[id].state = State::kFree;
    free_.push_back(id);
    orphans_[i] = orphans_.back();
    orphans_.pop_back();
  }
}

}  // namespace detaudit::instrument::cupti
