#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "auditor/compare/collectives.h"
#include "auditor/compare/comparison.h"
#include "auditor/compare/frontier.h"
#include "auditor/compare/moved_work.h"
#include "auditor/compare/operation_table.h"
#include "auditor/compare/origin_groups.h"
#include "auditor/compare/packed_event.h"
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

  Collectives collectives;  // explain what they gave their ranks

  bool settled() const;
  void start_again();
};

// Whether a pair was matched while both events were at hand, or at the end, from the spill, when
// the order of arrival says nothing any more. Nor does that of moved work.
enum class Arrival { kLive, kLate };

// Takes the aligned pairs and the events left alone, classifies each and adds everything up.
// The result does not depend on the order in which they come, `reordered` aside.
class Ledger {
 public:
  // `moved_work`: where to note what lanes may have shared out in another way, or null.
  Ledger(const CompareOptions& options, const TraceStream& first, const TraceStream& second,
         Frontiers& frontiers, MovedWork* moved_work);

  // Twins at hand that need not be identified, since all that is asked of them is equal. False when
  // they are no such twins: then nothing is counted.
  bool agreed(const Sighting& first, const Sighting& second);
  bool agreed(const PackedEvent& first, const PackedEvent& second);  // both waited: come late
  void matched(const Sighting& first, const Sighting& second, Arrival arrival);
  void alone(Side side, const Sighting& sighting);
  // For what comes in another order than it was executed in: until release() a divergence before
  // which nothing is known keeps its questions, so that one that comes later may still answer them.
  // They are few, since each is the earliest of its kind so far; the first MiB of them is kept.
  void hold();
  void release();
  Comparison finish(const SampleSums& samples);

 private:
  struct Lane {
    uint64_t latest_first = 0, latest_second = 0;  // orders, of pairs so far that came live
    uint64_t other_first = 0, other_second = 0;    // of all others
    uint64_t first_reordered = UINT64_MAX;         // order in the first run
    uint64_t last(Side side) const {
      return side == Side::kFirst ? std::max(latest_first, other_first)
                                  : std::max(latest_second, other_second);
    }
  };
  struct Metric {
    MetricSeries series;
    uint64_t latest_order = 0;
  };
  // What is counted of every pair.
  struct Pair {
    instrument::EventKind kind;
    uint32_t op, lane;  // of the first run, as the step
    uint64_t step, first_order, second_order;
  };
  void count(const Pair& pair, Arrival arrival);
  bool changed_lanes(const instrument::Event& first, const instrument::Event& second) const;
  void note_order(const Pair& pair, Arrival arrival);
  void note_metric(const instrument::Event& first, const instrument::Event& second);
  void watch(const Sighting& sighting, EventOutcome outcome);
  std::vector<std::string> unaligned_lanes() const;
  // A pair whose questions are kept.
  struct Held {
    std::unique_ptr<uint64_t[]> first, second;  // PackedEvents
    bool inputs_equal = false;
  };
  struct Answer {
    EventOutcome outcome = EventOutcome::kOrigin;
    bool explained = false;  // of what is propagated: something before may have caused it
  };
  void diverged(const Sighting& first, const Sighting& second, bool inputs_equal);
  void keep_questions(const Sighting& first, const Sighting& second, bool inputs_equal);
  void judge(const Sighting& first, const Sighting& second, bool inputs_equal, const Answer& given);
  Answer answer_for_good(const Sighting& first, bool inputs_equal, const Moment& moment);
  template <typename Before>
  Answer answer(const Sighting& sighting, bool inputs_equal, const Moment& moment, Before&& before);
  template <typename Before>
  EventOutcome classify(const Sighting& sighting, bool inputs_equal, const Moment& moment,
                        Before&& before);
  uint64_t collective_of(const instrument::Event& event, const instrument::TraceReader& reader) const;
  enum class Passed { kNo, kByCollective };  // kByCollective: another rank's input explains it
  void note_divergence(const instrument::Event& event, const Moment& moment,
                       Passed passed = Passed::kNo);
  void keep_if_earliest(const Occurrence& occurrence);

  const TraceStream& first_stream_;
  const TraceStream& second_stream_;
  const instrument::TraceReader& first_;
  const instrument::TraceReader& second_;
  Frontiers& frontiers_;
  MovedWork* moved_work_;
  Comparison result_;
  OperationTable operations_;
  OriginGroups groups_;
  OriginGroups earliest_explained_;  // holds one at most
  std::optional<std::pair<uint64_t, uint64_t>> earliest_;  // its step and order
  Timeline timeline_;
  std::vector<Lane> lanes_;                       // by the first run's lane
  std::vector<char> lanes_alone_[2];              // with an event alone, by that run's lane
  std::unordered_map<uint32_t, Metric> metrics_;  // by the first run's name
  std::map<std::string, uint64_t> lone_metrics_;  // values in one run only, by name
  std::unordered_map<uint64_t, EventOutcome> watched_;
  bool holding_ = false;
  std::vector<Held> held_;
  size_t held_bytes_ = 0;
};

}  // namespace detaudit::auditor
