#include "instrument/cupti/held_addresses.h"

#include <algorithm>
#include <iterator>
#include <vector>

namespace detaudit::instrument::cupti {

void HeldAddresses::add(const Range& range) {
  if (range.begin >= range.end) return;
  Range all = range;
  auto at = ranges_.upper_bound(range.begin);
  if (at != ranges_.begin() && std::prev(at)->second >= range.begin) --at;
  while (at != ranges_.end() && at->first <= range.end) {
    all = {std::min(all.begin, at->first), std::max(all.end, at->second)};
    at = ranges_.erase(at);
  }
  ranges_.emplace(all.begin, all.end);
}

void HeldAddresses::remove(const Range& range) {
  if (range.begin >= range.end) return;
  auto at = ranges_.upper_bound(range.begin);
  if (at != ranges_.begin() && std::prev(at)->second > range.begin) --at;
  while (at != ranges_.end() && at->first < range.end) {
    const Range held{at->first, at->second};
    at = ranges_.erase(at);
    if (held.begin < range.begin) ranges_.emplace(held.begin, range.begin);
    if (held.end > range.end) ranges_.emplace(range.end, held.end);
  }
}

void HeldAddresses::copy(const Range& source, const Range& destination) {
  std::pmr::vector<Range> copied(ranges_.get_allocator().resource());
  auto at = ranges_.upper_bound(source.begin);
  if (at != ranges_.begin()) --at;
  for (; at != ranges_.end() && at->first < source.end; ++at) {
    const uint64_t begin = std::max(at->first, source.begin),
                   end = std::min(at->second, source.end);
    if (begin >= end) continue;
    const uint64_t to = destination.begin + (begin - source.begin);
    if (to < destination.end) copied.push_back({to, std::min(to + (end - begin), destination.end)});
  }
  remove(destination);
  for (const Range& range : copied) add(range);
}

bool HeldAddresses::any_in(const Range& range) const {
  auto at = ranges_.upper_bound(range.begin);
  if (at != ranges_.begin() && std::prev(at)->second > range.begin) return true;
  return at != ranges_.end() && at->first < range.end;
}

bool HeldAddresses::all_of(const Range& range) const {
  auto at = ranges_.upper_bound(range.begin);
  return at != ranges_.begin() && std::prev(at)->second >= range.end;
}

}  // namespace detaudit::instrument::cupti
