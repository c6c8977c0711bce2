#pragma once

#include <cstdint>

#include "auditor/compare/ledger.h"
#include "auditor/compare/sample_sums.h"
#include "auditor/compare/spill.h"
#include "auditor/compare/trace_stream.h"
#include "auditor/compare/waiting_table.h"

namespace detaudit::auditor {

// Pairs the events of two streams by identity and hands pairs and leftovers to a ledger.
// While both streams show the same identity nothing is kept; an event whose twin has not come waits
// in a table, and the stream that is behind catches up first. Tables beyond `memory_bytes` go to a
// spill file and are joined at the end, a range of identities at a time.
class Alignment {
 public:
  Alignment(TraceStream& first, TraceStream& second, const CompareOptions& options, Ledger& ledger);

  void run();
  uint64_t spilled_bytes() const { return spill_.bytes(); }
  const SampleSums& samples() const { return samples_; }

 private:
  bool advance(Side side);
  void run_side_by_side();
  void run_out(Side side);
  void keep_waiting(Side side, const Sighting& sighting);
  void spill_waiting();
  void join_spilled();
  size_t load(size_t partition);
  void drain(Side side);

  WaitingTable& waiting(Side side) { return waiting_[static_cast<size_t>(side)]; }
  TraceStream& stream(Side side) { return side == Side::kFirst ? first_ : second_; }

  TraceStream& first_;
  TraceStream& second_;
  Ledger& ledger_;
  size_t memory_bytes_;
  WaitingTable waiting_[2];
  SampleSums samples_;
  Spill spill_;
};

}  // namespace detaudit::auditor
