#include "instrument/cupti/allocation_map.h"

#include <algorithm>

namespace detaudit::instrument::cupti {

std::pmr::map<uint64_t, Allocation>::iterator AllocationMap::erase(
    std::pmr::map<uint64_t, Allocation>::iterator at) {
  const Range range = at->second.range;
  starts_.erase(starts_.lower_bound(range.begin), starts_.lower_bound(range.end));
  mapped_bytes_ -= range.bytes();
  return by_begin_.erase(at);
}

bool AllocationMap::add(Range range, MemoryKind kind, uint64_t context, Backing backing) {
  if (range.begin >= range.end) return false;
  auto at = by_begin_.lower_bound(range.begin);
  if (at != by_begin_.begin() && std::prev(at)->second.range.overlaps(range)) --at;
  while (at != by_begin_.end() && at->second.range.overlaps(range)) at = erase(at);
  by_begin_.emplace(range.begin, Allocation{range, next_ordinal_++, kind, context, backing.mapped,
                                            backing.foreign, backing.owner});
  mapped_bytes_ += range.bytes();
  return true;
}

size_t AllocationMap::remove_within(Range range) {
  size_t removed = 0;
  auto at = by_begin_.lower_bound(range.begin);
  while (at != by_begin_.end() && at->second.range.begin < range.end) {
    if (at->second.range.end > range.end) break;
    at = erase(at);
    ++removed;
  }
  return removed;
}

size_t AllocationMap::remove_owned(uint64_t owner) {
  size_t removed = 0;
  for (auto at = by_begin_.begin(); at != by_begin_.end();) {
    const bool goes = owner && at->second.owner == owner;
    removed += goes;
    at = goes ? erase(at) : std::next(at);
  }
  return removed;
}

std::pmr::vector<Range> AllocationMap::of_context(uint64_t context,
                                                  std::pmr::memory_resource* memory) const {
  std::pmr::vector<Range> ranges(memory);
  for (const auto& [begin, allocation] : by_begin_)
    if (allocation.context == context) ranges.push_back(allocation.range);
  return ranges;
}

void AllocationMap::close(uint64_t begin) {
  if (auto at = by_begin_.find(begin); at != by_begin_.end()) at->second.kind = MemoryKind::kOpaque;
}

bool AllocationMap::holds(const Range& range) const {
  uint64_t end = 0;
  each_joined(range.begin, [&](const Allocation& allocation) { end = allocation.range.end; });
  return end >= range.end;
}

void AllocationMap::set_access(Range range, MemoryKind kind) {
  for (auto at = by_begin_.lower_bound(range.begin);
       at != by_begin_.end() && at->second.range.end <= range.end; ++at)
    if (at->second.mapped && !at->second.foreign) at->second.kind = kind;
}

const Allocation* AllocationMap::find(uint64_t address) const {
  auto at = by_begin_.upper_bound(address);
  if (at == by_begin_.begin()) return nullptr;
  --at;
  return address < at->second.range.end ? &at->second : nullptr;
}

bool AllocationMap::note_start(uint64_t address, uint64_t thread) {
  return find(address) && starts_.emplace(address, thread).second;
}

bool AllocationMap::others_start_behind(uint64_t address, uint64_t thread) const {
  uint64_t end = 0;
  each_joined(address, [&](const Allocation& allocation) { end = allocation.range.end; });
  for (auto at = starts_.upper_bound(address); at != starts_.end() && at->first < end; ++at)
    if (at->second != thread) return true;
  return false;
}

Range AllocationMap::extent(uint64_t address, uint64_t most) const {
  uint64_t end = 0;
  each_joined(address, [&](const Allocation& allocation) { end = allocation.range.end; });
  if (end == 0) return {};
  auto next = starts_.upper_bound(address);
  if (next != starts_.end()) end = std::min(end, next->first);
  if (most && end - address > most) end = address + most;
  return {address, end};
}

}  // namespace detaudit::instrument::cupti
