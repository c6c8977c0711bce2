#include "instrument/recorder/operations.h"

namespace detaudit::instrument {
namespace {

constexpr int kIndexBits = 12;
static_assert(Operations::kMost == 1u << kIndexBits);

}  // namespace

void Operation::belongs_to(const ThreadLane& lane) {
  thread = &lane;
  thread_birth = lane.birth;
}

bool Operation::add_input(const DeclaredBuffer& buffer) {
  if (!inputs.reserve(input_count + 1)) return false;
  inputs[input_count++] = buffer;
  return true;
}

bool Operation::add_output(const DeclaredBuffer& buffer) {
  if (!outputs.reserve(output_count + 1)) return false;
  outputs[output_count++] = buffer;
  return true;
}

bool Operations::prepare() {
  if (slots_.capacity()) return true;
  if (!slots_.reserve(kMost)) return false;
  for (uint32_t at = kMost; at-- > 0;) {
    slots_[at].next_free = first_free_;
    first_free_ = at + 1;
  }
  return true;
}

Operation* Operations::take(Handle& handle) {
  if (!prepare() || first_free_ == 0) return nullptr;
  uint32_t index = first_free_ - 1;
  Operation& operation = slots_[index];
  first_free_ = operation.next_free;
  operation.state = Operation::State::kOpen;
  operation.input_count = operation.output_count = 0;
  operation.generation = (operation.generation + 1) | 1;
  handle = static_cast<Handle>(operation.generation) << kIndexBits | index;
  return &operation;
}

Operation* Operations::find(Handle handle) {
  if (!slots_.capacity()) return nullptr;
  Operation& operation = slots_[handle & (kMost - 1)];
  bool current = operation.state == Operation::State::kOpen &&
                 operation.generation == static_cast<uint32_t>(handle >> kIndexBits);
  return current ? &operation : nullptr;
}

void Operations::give_back(Operation& operation) {
  operation.state = Operation::State::kFree;
  operation.next_free = first_free_;
  first_free_ = static_cast<uint32_t>(&operation - slots_.data()) + 1;
}

uint32_t Operations::lost_with(const ThreadLane& exiting, uint32_t file_generation) const {
  if (!slots_.capacity()) return 0;
  uint32_t lost = 0;
  for (uint32_t at = 0; at < kMost; ++at) {
    const Operation& operation = slots_[at];
    if (operation.state == Operation::State::kFree || !operation.thread ||
        operation.place.file_generation != file_generation)
      continue;
    const uint64_t now = __atomic_load_n(&operation.thread->birth, __ATOMIC_RELAXED);
    lost += operation.thread == &exiting || now != operation.thread_birth;
  }
  return lost;
}

}  // namespace detaudit::instrument
