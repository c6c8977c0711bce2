#include "auditor/compare/alignment.h"

namespace detaudit::auditor {

Alignment::Alignment(TraceStream& first, TraceStream& second, const CompareOptions& options,
                     Ledger& ledger)
    : first_(first),
      second_(second),
      ledger_(ledger),
      memory_bytes_(options.memory_bytes),
      spill_(options.spill_directory) {}

void Alignment::run() {
  run_side_by_side();
  if (spill_.bytes() > 0) {
    spill_waiting();
    join_spilled();
  }
  drain(Side::kFirst);
  drain(Side::kSecond);
}

bool Alignment::advance(Side side) {
  TraceStream& run = stream(side);
  if (!run.advance()) return false;
  const instrument::Event& event = *run.head().event;
  if (event.kind == instrument::EventKind::kBatch) {
    samples_.note(side, run.reader().hash(event.op), event);
  }
  return true;
}

void Alignment::run_side_by_side() {
  bool more_first = advance(Side::kFirst), more_second = advance(Side::kSecond);
  while (more_first && more_second) {
    const Sighting& a = first_.head();
    const Sighting& b = second_.head();
    if (a.identity == b.identity) {
      ledger_.matched(a, b, Arrival::kLive);
      more_first = advance(Side::kFirst);
      more_second = advance(Side::kSecond);
    } else if (const Sighting* twin = waiting(Side::kFirst).take(b.identity, b.event->order)) {
      ledger_.matched(*twin, b, Arrival::kLive);
      more_second = advance(Side::kSecond);
    } else if (const Sighting* other = waiting(Side::kSecond).take(a.identity, a.event->order)) {
      ledger_.matched(a, *other, Arrival::kLive);
      more_first = advance(Side::kFirst);
    } else {
      keep_waiting(Side::kFirst, a);
      keep_waiting(Side::kSecond, b);
      more_first = advance(Side::kFirst);
      more_second = advance(Side::kSecond);
    }
  }
  if (more_first) run_out(Side::kFirst);
  if (more_second) run_out(Side::kSecond);
}

// The other stream has ended: its waiting events are all that can still match.
void Alignment::run_out(Side side) {
  const bool is_first = side == Side::kFirst;
  WaitingTable& others = waiting(is_first ? Side::kSecond : Side::kFirst);
  TraceStream& rest = stream(side);
  do {
    const Sighting& here = rest.head();
    if (const Sighting* twin = others.take(here.identity, here.event->order)) {
      ledger_.matched(is_first ? here : *twin, is_first ? *twin : here, Arrival::kLive);
    } else if (spill_.bytes() == 0) {
      ledger_.alone(side, here);
    } else {
      keep_waiting(side, here);
    }
  } while (advance(side));
}

void Alignment::keep_waiting(Side side, const Sighting& sighting) {
  waiting(side).insert(sighting);
  if (waiting_[0].memory_bytes() + waiting_[1].memory_bytes() > memory_bytes_) spill_waiting();
}

void Alignment::spill_waiting() {
  for (const Side side : {Side::kFirst, Side::kSecond}) {
    spill_.write(side, waiting(side));
    waiting(side).clear();
  }
}

// Loads as many ranges of the first run's events as memory holds, then passes the second run's
// events of those ranges by them.
void Alignment::join_spilled() {
  WaitingTable& firsts = waiting(Side::kFirst);
  for (size_t begin = 0; begin < Spill::kPartitions;) {
    size_t end = begin;
    uint64_t bytes = 0;
    do {
      bytes += load(end++);
    } while (end < Spill::kPartitions &&
             bytes + spill_.partition_bytes(Side::kFirst, end) <= memory_bytes_);
    for (size_t partition = begin; partition < end; ++partition) {
      spill_.read(Side::kSecond, partition, [&](const Sighting& second) {
        if (const Sighting* first = firsts.take(second.identity, second.event->order)) {
          ledger_.matched(*first, second, Arrival::kLate);
        } else {
          ledger_.alone(Side::kSecond, second);
        }
      });
    }
    drain(Side::kFirst);
    begin = end;
  }
}

size_t Alignment::load(size_t partition) {
  spill_.read(Side::kFirst, partition,
              [&](const Sighting& sighting) { waiting(Side::kFirst).insert(sighting); });
  return spill_.partition_bytes(Side::kFirst, partition);
}

void Alignment::drain(Side side) {
  waiting(side).for_each([&](const WaitingEvent& event) { ledger_.alone(side, event.sighting); });
  waiting(side).clear();
}

}  // namespace detaudit::auditor
