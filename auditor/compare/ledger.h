#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "auditor/compare/comparison.h"
#include "auditor/compare/frontier.h"
#include "auditor/compare/operation_table.h"
#include "auditor/compare/origin_groups.h"
#include "auditor/compare/sample_sums.h"
#include "auditor/compare/timeline.h"
#include "auditor/compare/trace_stream.h"

namespace detaudit::auditor {

// The earliest divergences, by what they can explain later on. Outlives one pass over the traces.
struct Frontiers {
  Frontier streams;     // random number streams: explain what is drawn from them
  Frontier operations;  // and batches and streams: explain metrics
  Frontier recorded;    // all of them but outputs: explain outputs
  Frontier all;         // explain inputs that differ

  bool settled() const;
  void start_again();
};

// Whether a pair was matched while both events were at hand, or at the end, from the spill, when
// the order of arrival says nothing any more.
enum class Arrival { kLive, kLate };

// Takes the aligned pairs and the events left alone, classifies each and adds everything up.
// The result does not depend on the order in which they come, `reordered` aside.
class Ledger {
 public:
  Ledger(const CompareOptions& options, const instrument::TraceReader& first,
         const instrument::TraceReader& second, Frontiers& frontiers);

  void matched(const Sighting& first, const Sighting& second, Arrival arrival);
  void alone(Side side, const Sighting& sighting);
  Comparison finish(const SampleSums& samples);

 private:
  struct Lane {
    uint64_t latest_first = 0, latest_second = 0;  // orders, of pairs so far
    uint64_t first_reordered = UINT64_MAX;         // order in the first run
    uint64_t hash = 0;
  };
  struct Metric {
    MetricSeries series;
    uint64_t latest_order = 0;
  };
  void note_order(const instrument::Event& first, const instrument::Event& second);
  void note_metric(const instrument::Event& first, const instrument::Event& second);
  void watch(uint64_t identity, EventOutcome outcome);
  void diverged(const Sighting& first, const Sighting& second, bool inputs_equal, StepBin& bin,
                OperationCount& operation);
  EventOutcome classify(const instrument::Event& event, bool inputs_equal, const Moment& moment);
  void note_divergence(const instrument::Event& event, const Moment& moment);

  const instrument::TraceReader& first_;
  const instrument::TraceReader& second_;
  Frontiers& frontiers_;
  Comparison result_;
  OperationTable operations_;
  OriginGroups groups_;
  Timeline timeline_;
  std::vector<Lane> lanes_;                       // by the first run's lane
  std::unordered_map<uint32_t, Metric> metrics_;  // by the first run's name
  std::unordered_map<uint64_t, EventOutcome> watched_;
};

}  // namespace detaudit::auditor
