#include "auditor/compare/leftovers.h"

#include <algorithm>
#include <bit>
#include <tuple>

namespace detaudit::auditor {
namespace {

size_t end_of_identity(const auto& entries, size_t begin) {
  size_t end = begin;
  while (end < entries.size() && entries[end].identity == entries[begin].identity) ++end;
  return end;
}

}  // namespace

void Leftovers::add(Side side, const PackedEvent& event) {
  entries_[static_cast<size_t>(side)].push_back({event.identity(), event.order(), 0, &event});
}

uint64_t Leftovers::likeness(Side side, const Entry& entry, Likeness by) const {
  instrument::Event event;
  const Sighting sighting = entry.packed->unpack(event);
  const auto place = [&] { return streams_[static_cast<size_t>(side)]->reader().identity(event); };
  switch (by) {
    case Likeness::kInputsAndLane:
      return content_hash(0, sighting.inputs) ^ place();
    // Having none is no likeness.
    case Likeness::kInputs:
      return sighting.inputs.any ? content_hash(0, sighting.inputs) : place();
    case Likeness::kOutputs:
      return content_hash(0, {}, event.outputs);
    case Likeness::kLane: return place();
    case Likeness::kOrder: break;
  }
  return 0;
}

void Leftovers::rank(Side side, Entries entries, Likeness by) const {
  for (Entry& entry : entries) entry.likeness = likeness(side, entry, by);
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tuple(a.likeness, a.order) < std::tuple(b.likeness, b.order);
  });
}

void Leftovers::settle_one_identity(Entries firsts, Entries seconds, const Outlet& outlet) const {
  if (firsts.size() == 1 && seconds.size() == 1) {
    instrument::Event first, second;
    return outlet.matched(firsts[0].packed->unpack(first), seconds[0].packed->unpack(second));
  }
  for (const Likeness by : {Likeness::kInputsAndLane, Likeness::kInputs, Likeness::kOutputs,
                            Likeness::kLane, Likeness::kOrder}) {
    if (firsts.empty() || seconds.empty()) break;
    rank(Side::kFirst, firsts, by);
    rank(Side::kSecond, seconds, by);
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
  for (const Entry& entry : firsts) outlet.alone(Side::kFirst, entry.packed->unpack(event));
  for (const Entry& entry : seconds) outlet.alone(Side::kSecond, entry.packed->unpack(event));
}

// By identity, then order. Identities are hashes: put in place by their upper bits, hardly any entry
// has to move far.
void Leftovers::sort(std::vector<Entry>& entries) {
  const unsigned bits = std::bit_width(entries.size());
  if (bits < 2) return;
  const auto place = [&](const Entry& entry) { return entry.identity >> (64 - bits); };
  std::vector<uint32_t>& begins = places_;
  begins.assign((size_t{1} << bits) + 1, 0);
  for (const Entry& entry : entries) ++begins[place(entry) + 1];
  for (size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
  placed_.resize(entries.size());
  for (const Entry& entry : entries) placed_[begins[place(entry)]++] = entry;
  entries.swap(placed_);
  const auto earlier = [](const Entry& a, const Entry& b) {
    return a.identity != b.identity ? a.identity < b.identity : a.order < b.order;
  };
  for (size_t i = 0, begin = 0; i + 1 < begins.size(); begin = begins[i++]) {
    const auto from = entries.begin() + static_cast<long>(begin);
    const auto to = entries.begin() + static_cast<long>(begins[i]);
    if (to - from > 1) std::sort(from, to, earlier);
  }
}

void Leftovers::settle(const Outlet& outlet) {
  auto& [firsts, seconds] = entries_;
  for (auto* entries : {&firsts, &seconds}) sort(*entries);
  for (size_t a = 0, b = 0; a < firsts.size() || b < seconds.size();) {
    const bool has_a = a < firsts.size() &&
                       (b == seconds.size() || firsts[a].identity <= seconds[b].identity);
    const bool has_b = b < seconds.size() &&
                       (a == firsts.size() || seconds[b].identity <= firsts[a].identity);
    const size_t end_a = has_a ? end_of_identity(firsts, a) : a;
    const size_t end_b = has_b ? end_of_identity(seconds, b) : b;
    settle_one_identity(Entries(firsts).subspan(a, end_a - a),
                        Entries(seconds).subspan(b, end_b - b), outlet);
    a = end_a;
    b = end_b;
  }
  firsts.clear();
  seconds.clear();
}

}  // namespace detaudit::auditor
