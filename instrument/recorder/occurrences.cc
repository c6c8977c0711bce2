#include "instrument/recorder/occurrences.h"

#include <cstring>

namespace detaudit::instrument {
namespace {

constexpr size_t kFirstSlots = 1024;
constexpr size_t kStepsKept = 4;  // threads may be some steps apart

}  // namespace

Occurrences::Slot& Occurrences::find(uint64_t hash) {
  size_t at = hash & mask_;
  while (slots_[at].hash && slots_[at].hash != hash) at = (at + 1) & mask_;
  return slots_[at];
}

uint32_t Occurrences::count(uint64_t event_hash, uint64_t step) {
  uint64_t hash = event_hash | 1;
  if (2 * used_ >= mask_ && !make_room(step)) return 0;
  Slot& slot = find(hash);
  if (slot.hash == 0) {
    slot = {hash, step, 0};
    ++used_;
  } else if (slot.step != step) {
    slot.step = step;
    slot.count = 0;
  }
  return slot.count++;
}

void Occurrences::clear() {
  if (mask_) std::memset(static_cast<void*>(slots_.data()), 0, (mask_ + 1) * sizeof(Slot));
  used_ = 0;
}

// Moves what is still of use to a table in which at most a quarter is taken.
bool Occurrences::make_room(uint64_t step) {
  auto live = [&](const Slot& slot) {
    return slot.hash && slot.step + kStepsKept >= step && slot.step <= step + kStepsKept;
  };
  size_t old_slots = mask_ ? mask_ + 1 : 0, kept = 0;
  for (size_t at = 0; at < old_slots; ++at) kept += live(slots_[at]);
  size_t slots = kFirstSlots;
  while (slots < 4 * kept) slots *= 2;
  PageArray<Slot> old = slots_;
  slots_ = {};
  if (!slots_.reserve(slots)) {
    slots_ = old;
    clear();
    return mask_ != 0;
  }
  mask_ = slots - 1;
  used_ = kept;
  for (size_t at = 0; at < old_slots; ++at)
    if (live(old[at])) find(old[at].hash) = old[at];
  old.release();
  return true;
}

}  // namespace detaudit::instrument
