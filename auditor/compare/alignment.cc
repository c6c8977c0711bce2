#include "auditor/compare/alignment.h"

#include <algorithm>

namespace detaudit::auditor {
namespace {

// So much waits when lanes interleave in some other way, but hardly more.
constexpr size_t kMuchBytes = size_t{2} << 20;
constexpr size_t kCachedBytes = size_t{1} << 20;
constexpr size_t kSettledBytes = size_t{1} << 17;

}  // namespace

Alignment::Alignment(TraceStream& first, TraceStream& second, const CompareOptions& options,
                     Settling settling, Ledger& ledger)
    : first_(first),
      second_(second),
      ledger_(ledger),
      memory_bytes_(options.memory_bytes),
      far_lanes_(options.far_lanes),
      settling_(settling),
      settle_at_bytes_(kSettledBytes),
      enough_waits_(std::min(kSettledBytes, memory_bytes_)),
      deferred_(second),
      leftovers_(first, second),
      spill_(options.spill_directory, options.memory_bytes) {}

bool Alignment::run(const MovedWork* moved_work) {
  moved_work_ = moved_work;
  run_side_by_side();
  return !gave_up();
}

void Alignment::settle() {
  ledger_.hold();
  if (spill_.bytes() == 0) {
    drain();
  } else {
    spill_waiting();
    join_spilled();
  }
  ledger_.release();
}

void Alignment::run_side_by_side() {
  for (bool first_taken = true, second_taken = true;;) {
    if (first_taken) advance(Side::kFirst);
    if (second_taken) advance(Side::kSecond);
    if (!more_[0] || !more_[1] || gave_up()) break;
    first_taken = second_taken = !following_;
    if (following_) {
      follow_lanes();
      continue;
    }
    const Meeting meeting = detaudit::auditor::meeting(first_, second_);
    if (meeting == Meeting::kTwins) {
      meet();
      continue;
    }
    const Sighting& a = first_.identified();
    const Sighting& b = second_.identified_beside(a, meeting);
    if (take_twin(Side::kSecond, b)) {
      first_taken = false;
    } else if (take_twin(Side::kFirst, a)) {
      second_taken = false;
    } else {
      keep_waiting(Side::kFirst, a);
      keep_waiting(Side::kSecond, b);
    }
  }
  for (const Side side : {Side::kFirst, Side::kSecond}) {
    if (more(side)) run_out(side);
  }
}

// Pairs what a run has at hand with a twin that has waited.
bool Alignment::take_waiting_twin(Side side, const Sighting& here) {
  const PackedEvent* packed = others_of(side).take(here.match, here.event->order);
  if (packed == nullptr) return false;
  const bool is_first = side == Side::kFirst;
  instrument::Event event;
  const Sighting twin = packed->unpack(event);
  ledger_.matched(is_first ? here : twin, is_first ? twin : here, Arrival::kLive);
  return true;
}

// Both streams have one event at hand.
void Alignment::meet() {
  if (ledger_.agreed(first_.head(), second_.head())) return;
  const Sighting& a = first_.identified();
  ledger_.matched(a, second_.identified_beside(a, Meeting::kTwins), Arrival::kLive);
}

// The other stream has ended: its waiting events are all that can still match.
void Alignment::run_out(Side side) {
  TraceStream& rest = stream(side);
  do {
    const Sighting& here = rest.identified();
    if (take_twin(side, here)) continue;
    if (spill_.bytes() == 0 && !here.moved) {
      ledger_.alone(side, here);
    } else {
      keep_waiting(side, here);
    }
  } while (!gave_up() && advance(side));
}

void Alignment::keep_waiting(Side side, const Sighting& sighting) {
  waiting(side).insert(sighting);
  if (waiting_bytes() <= enough_waits_) return;
  make_room();
  enough_waits_ = looked_early_ ? memory_bytes_ : std::min(kMuchBytes, memory_bytes_);
  if (may_settle_steps()) enough_waits_ = std::min(enough_waits_, settle_at_bytes_);
}

void Alignment::make_room() {
  if (may_settle_steps()) settle_steps();
  if (waiting_bytes() <= std::min(kMuchBytes, memory_bytes_)) return;
  // Lanes out of step may look like work that moved, but not in steps that both runs have left.
  if (!looked_early_ && moved_work_ != nullptr) {
    look_for_moved(std::min(first_.head().event->step, second_.head().event->step));
  }
  looked_early_ = true;
  if (waiting_bytes() <= memory_bytes_ || gave_up()) return;
  if (may_follow_lanes()) {
    if (moved_work_ != nullptr && !looked_before_following_) look_for_moved(UINT64_MAX);
    looked_before_following_ = following_ = true;
    return;
  }
  if (moved_work_ != nullptr && spill_.bytes() == 0) look_for_moved(UINT64_MAX);
  if (!gave_up()) spill_waiting();
}

void Alignment::look_for_moved(uint64_t steps) {
  MovedWork so_far = *moved_work_;
  for (const Side side : {Side::kFirst, Side::kSecond}) {
    waiting(side).for_each([&](const PackedEvent& packed) {
      instrument::Event event;
      const Sighting sighting = packed.unpack(event);
      if (event.step < steps) so_far.note(side, stream(side), sighting);
    });
  }
  for (const uint64_t op : so_far.find()) {
    if (!first_.moved().contains(op)) suspects_.insert(op);
  }
}

// Once anything is spilled the rest of a step may be there.
bool Alignment::may_settle_steps() const {
  return settling_ == Settling::kByStep && first_.any_moved() && spill_.bytes() == 0;
}

// What waits of steps that both runs have left waits for nothing any more.
void Alignment::settle_steps() {
  marks_.settle();
  for (const Side side : {Side::kFirst, Side::kSecond}) {
    WaitingTable& kept = kept_[static_cast<size_t>(side)];
    waiting(side).for_each([&](const PackedEvent& packed) {
      if (packed.moved() && marks_.settled(stream(side), packed)) {
        leftovers_.add(side, packed);
      } else {
        kept.insert(packed);
      }
    });
  }
  ledger_.hold();
  settle_leftovers();
  ledger_.release();
  for (const Side side : {Side::kFirst, Side::kSecond}) {
    std::swap(waiting(side), kept_[static_cast<size_t>(side)]);
    kept_[static_cast<size_t>(side)].clear();
  }
  settle_at_bytes_ = std::max(kSettledBytes, 2 * waiting_bytes());  // not in vain time and again
}

void Alignment::settle_leftovers() {
  leftovers_.settle(
      {[&](const Sighting& a, const Sighting& b) { ledger_.matched(a, b, Arrival::kLate); },
       [&](Side side, const Sighting& sighting) { ledger_.alone(side, sighting); }});
}

void Alignment::spill_waiting() {
  for (const Side side : {Side::kFirst, Side::kSecond}) {
    spill_.write(side, waiting(side));
    waiting(side).clear();
  }
}

// Loads ranges of the first run's events, then passes the second run's events of those ranges by
// them: few ranges at a time, so that a core's cache holds them.
void Alignment::join_spilled() {
  const size_t enough_bytes = std::min(kCachedBytes, memory_bytes_);
  WaitingTable& firsts = waiting(Side::kFirst);
  for (size_t begin = 0; begin < Spill::kPartitions;) {
    size_t end = begin;
    uint64_t bytes = 0;
    do {
      bytes += bytes_to_load(end);
      load(end++);
    } while (end < Spill::kPartitions && bytes + bytes_to_load(end) <= enough_bytes);
    for (size_t partition = begin; partition < end; ++partition) {
      spill_.read(Side::kSecond, partition, [&](const PackedEvent& packed) {
        const PackedEvent* twin =
            firsts.may_have(packed.match()) ? firsts.take(packed.match(), packed.order()) : nullptr;
        if (twin != nullptr) {
          match_late(*twin, packed);
        } else if (packed.moved()) {
          waiting(Side::kSecond).insert(packed);
        } else {
          instrument::Event event;
          ledger_.alone(Side::kSecond, packed.unpack(event));
        }
      });
    }
    drain();
    begin = end;
  }
}

void Alignment::match_late(const PackedEvent& first, const PackedEvent& second) {
  if (ledger_.agreed(first, second)) return;
  instrument::Event a, b;
  ledger_.matched(first.unpack(a), second.unpack(b), Arrival::kLate);
}

void Alignment::load(size_t partition) {
  spill_.read(Side::kFirst, partition,
              [&](const PackedEvent& event) { waiting(Side::kFirst).insert(event); });
}

// Moved work of both runs may have to stay until all of its range is known.
uint64_t Alignment::bytes_to_load(size_t partition) {
  return spill_.partition_bytes(Side::kFirst, partition) +
         (first_.any_moved() ? spill_.partition_bytes(Side::kSecond, partition) : 0);
}

// What waits has no match any more: moved work pairs by what is left, the rest is alone.
void Alignment::drain() {
  for (const Side side : {Side::kFirst, Side::kSecond}) {
    waiting(side).for_each([&](const PackedEvent& packed) {
      if (packed.moved()) return leftovers_.add(side, packed);
      instrument::Event event;
      ledger_.alone(side, packed.unpack(event));
    });
  }
  settle_leftovers();
  waiting(Side::kFirst).clear();
  waiting(Side::kSecond).clear();
}

}  // namespace detaudit::auditor
