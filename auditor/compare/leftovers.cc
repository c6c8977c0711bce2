#include "auditor/compare/leftovers.h"

#include <algorithm>
#include <bit>
#include <tuple>

namespace detaudit::auditor {

void Leftovers::add(Side side, const PackedEvent& event) {
  entries_[static_cast<size_t>(side)].push_back({&event});
}

// Identities are hashes: their lower bits are as good as any.
Leftovers::Group& Leftovers::group(uint64_t identity) {
  const size_t mask = slots_.size() - 1;
  size_t slot = identity & mask;
  for (; slots_[slot] != kNone; slot = (slot + 1) & mask) {
    if (groups_[slots_[slot]].identity == identity) return groups_[slots_[slot]];
  }
  slots_[slot] = static_cast<uint32_t>(groups_.size());
  return groups_.emplace_back(Group{identity});
}

void Leftovers::find_groups() {
  slots_.assign(std::bit_ceil(2 * (entries_[0].size() + entries_[1].size()) + 1), kNone);
  for (size_t side = 0; side < 2; ++side) {
    for (size_t i = 0; i < entries_[side].size(); ++i) {
      Entry& entry = entries_[side][i];
      Group& own = group(entry.packed->identity());
      entry.next = own.latest[side];
      own.latest[side] = static_cast<uint32_t>(i);
      ++own.count[side];
    }
  }
}

void Leftovers::settle(const Outlet& outlet) {
  find_groups();
  for (const Group& group : groups_) settle(group, outlet);
  groups_.clear();
  entries_[0].clear();
  entries_[1].clear();
}

void Leftovers::settle(const Group& group, const Outlet& outlet) {
  if (group.count[0] == 1 && group.count[1] == 1) {
    instrument::Event first, second;
    return outlet.matched(entries_[0][group.latest[0]].packed->unpack(first),
                          entries_[1][group.latest[1]].packed->unpack(second));
  }
  settle_by_likeness(ranked(group, Side::kFirst), ranked(group, Side::kSecond), outlet);
}

std::vector<Leftovers::Ranked>& Leftovers::ranked(const Group& group, Side side) {
  const auto index = static_cast<size_t>(side);
  std::vector<Ranked>& all = ranked_[index];
  all.clear();
  for (uint32_t i = group.latest[index]; i != kNone; i = entries_[index][i].next) {
    const PackedEvent* packed = entries_[index][i].packed;
    instrument::Event event;
    const Sighting sighting = packed->unpack(event);
    const uint64_t place = streams_[index]->identity(event);
    // Having no inputs is no likeness.
    const uint64_t inputs = sighting.inputs.any ? content_hash(0, sighting.inputs) : place;
    all.push_back({packed, 0, event.order, inputs, content_hash(0, {}, event.outputs), place});
  }
  return all;
}

uint64_t Leftovers::likeness(const Ranked& entry, Likeness by) {
  switch (by) {
    case Likeness::kInputsAndLane:
      return entry.inputs == entry.place ? entry.place : entry.inputs ^ entry.place;
    case Likeness::kInputs: return entry.inputs;
    case Likeness::kOutputs: return entry.outputs;
    case Likeness::kLane: return entry.place;
    case Likeness::kOrder: break;
  }
  return 0;
}

void Leftovers::rank(Ranks entries, Likeness by) {
  for (Ranked& entry : entries) entry.likeness = likeness(entry, by);
  std::sort(entries.begin(), entries.end(), [](const Ranked& a, const Ranked& b) {
    return std::tuple(a.likeness, a.order) < std::tuple(b.likeness, b.order);
  });
}

void Leftovers::settle_by_likeness(Ranks firsts, Ranks seconds, const Outlet& outlet) {
  for (const Likeness by : {Likeness::kInputsAndLane, Likeness::kInputs, Likeness::kOutputs,
                            Likeness::kLane, Likeness::kOrder}) {
    if (firsts.empty() || seconds.empty()) break;
    rank(firsts, by);
    rank(seconds, by);
    size_t a = 0, b = 0, kept_a = 0, kept_b = 0;
    while (a < firsts.size() && b < seconds.size()) {
      if (firsts[a].likeness == seconds[b].likeness) {
        instrument::Event first, second;
        outlet.matched(firsts[a++].packed->unpack(first), seconds[b++].packed->unpack(second));
      } else if (firsts[a].likeness < seconds[b].likeness) {
        firsts[kept_a++] = firsts[a++];
      } else {
        seconds[kept_b++] = seconds[b++];
      }
    }
    while (a < firsts.size()) firsts[kept_a++] = firsts[a++];
    while (b < seconds.size()) seconds[kept_b++] = seconds[b++];
    firsts = firsts.first(kept_a);
    seconds = seconds.first(kept_b);
  }
  instrument::Event event;
  for (const Ranked& entry : firsts) outlet.alone(Side::kFirst, entry.packed->unpack(event));
  for (const Ranked& entry : seconds) outlet.alone(Side::kSecond, entry.packed->unpack(event));
}

}  // namespace detaudit::auditor
