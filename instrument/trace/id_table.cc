#include "instrument/trace/id_table.h"

#include <cstring>

namespace detaudit::instrument {

uint32_t IdTable::find(uint64_t hash) const {
  if (!mask_) return 0;
  for (size_t at = hash & mask_;; at = (at + 1) & mask_) {
    const Slot& slot = slots_[at];
    if (slot.id == 0) return 0;
    if (slot.hash == hash) return slot.id;
  }
}

void IdTable::insert(uint64_t hash, uint32_t id) {
  if (entries_ >= kMaxEntries) clear();
  if (2 * entries_ >= mask_ && !grow()) {
    if (!mask_) return;
    clear();
  }
  place(hash, id);
  ++entries_;
}

void IdTable::clear() {
  if (mask_) std::memset(static_cast<void*>(slots_.data()), 0, (mask_ + 1) * sizeof(Slot));
  entries_ = 0;
}

void IdTable::release() {
  slots_.release();
  mask_ = entries_ = 0;
}

bool IdTable::grow() {
  PageArray<Slot> old = slots_;
  size_t old_slots = mask_ ? mask_ + 1 : 0;
  slots_ = {};
  if (!slots_.reserve(old_slots ? 2 * old_slots : 256)) {
    slots_ = old;
    return false;
  }
  mask_ = (old_slots ? 2 * old_slots : 256) - 1;
  for (size_t at = 0; at < old_slots; ++at)
    if (old[at].id) place(old[at].hash, old[at].id);
  old.release();
  return true;
}

void IdTable::place(uint64_t hash, uint32_t id) {
  size_t at = hash & mask_;
  while (slots_[at].id) at = (at + 1) & mask_;
  slots_[at] = {hash, id};
}

}  // namespace detaudit::instrument
