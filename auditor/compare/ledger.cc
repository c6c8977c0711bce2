#include "auditor/compare/ledger.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace detaudit::auditor {
namespace {

using instrument::Event;
using instrument::EventKind;
using instrument::TraceReader;

bool equal(std::span<const kernels::Digest> a, std::span<const kernels::Digest> b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

double absolute_difference(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
  const double difference = std::fabs(a - b);
  return std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference;
}

Moment moment_of(const Sighting& first, const Sighting& second) {
  return {first.process, first.event->step, first.event->order, second.event->order};
}

}  // namespace

bool Frontiers::settled() const {
  return streams.settled() && operations.settled() && recorded.settled() && all.settled();
}

void Frontiers::start_again() {
  streams.start_again();
  operations.start_again();
  recorded.start_again();
  all.start_again();
}

Ledger::Ledger(const CompareOptions& options, const TraceReader& first, const TraceReader& second,
               Frontiers& frontiers)
    : first_(first), second_(second), frontiers_(frontiers) {
  for (const uint64_t identity : options.watch) watched_[identity] = EventOutcome::kAbsent;
}

void Ledger::matched(const Sighting& first, const Sighting& second, Arrival arrival) {
  const Event& a = *first.event;
  const Event& b = *second.event;
  ++result_.compared;
  StepBin& bin = timeline_.at(a.step);
  ++bin.compared;
  OperationCount& operation = operations_.at(a.kind, a.op);
  ++operation.events;
  if (arrival == Arrival::kLive) note_order(a, b);
  if (a.kind == EventKind::kMetric) note_metric(a, b);
  const bool inputs_equal = equal(a.inputs, b.inputs);
  if (!inputs_equal) ++result_.inputs_differed;
  if (equal(a.outputs, b.outputs)) {
    ++result_.agreeing;
    if (!watched_.empty()) watch(first.identity, EventOutcome::kAgrees);
  } else {
    diverged(first, second, inputs_equal, bin, operation);
  }
}

void Ledger::diverged(const Sighting& first, const Sighting& second, bool inputs_equal,
                      StepBin& bin, OperationCount& operation) {
  const Moment moment = moment_of(first, second);
  const EventOutcome outcome = classify(*first.event, inputs_equal, moment);
  if (outcome == EventOutcome::kOrigin) {
    ++result_.origins;
    ++bin.origins;
    ++operation.origins;
    groups_.add({DivergenceShape::kOutputsDiffer, Side::kFirst, &first, &second}, first_);
  } else {
    ++result_.propagated;
    ++bin.propagated;
    ++operation.propagated;
    if (!inputs_equal && !frontiers_.all.any_before(moment)) {
      groups_.add({DivergenceShape::kEnteredUnseen, Side::kFirst, &first, &second}, first_);
    }
  }
  note_divergence(*first.event, moment);
  watch(first.identity, outcome);
}

EventOutcome Ledger::classify(const Event& event, bool inputs_equal, const Moment& moment) {
  const auto unless = [](bool explained) {
    return explained ? EventOutcome::kPropagated : EventOutcome::kOrigin;
  };
  if (!inputs_equal) return EventOutcome::kPropagated;
  if (!event.inputs.empty()) return EventOutcome::kOrigin;
  switch (event.kind) {
    case EventKind::kMetric:
      return unless(frontiers_.operations.any_before(moment));
    case EventKind::kOutput: {
      // When an output was written within the steps of another process is not known.
      Moment any_step = moment;
      any_step.step = UINT64_MAX;
      return unless(frontiers_.recorded.any_before(any_step));
    }
    case EventKind::kBatch:
    case EventKind::kOperation:
      return unless(frontiers_.streams.any_before(moment));
    case EventKind::kRngStream:
      break;
  }
  return EventOutcome::kOrigin;
}

void Ledger::note_divergence(const Event& event, const Moment& moment) {
  const bool in_both =
      moment.first_order != Moment::kNever && moment.second_order != Moment::kNever;
  frontiers_.all.note(moment);
  if (event.kind == EventKind::kOutput) return;
  frontiers_.recorded.note(moment);
  if (event.kind == EventKind::kMetric) return;
  frontiers_.operations.note(moment);
  if (event.kind == EventKind::kRngStream && in_both) frontiers_.streams.note(moment);
}

void Ledger::alone(Side side, const Sighting& sighting) {
  const bool in_first = side == Side::kFirst;
  const TraceReader& reader = in_first ? first_ : second_;
  const Event& event = *sighting.event;
  ++(in_first ? result_.only_in_first : result_.only_in_second);
  ++timeline_.at(event.step).missing;
  groups_.add({DivergenceShape::kOnlyInOneRun, side, &sighting, nullptr}, reader);
  Moment moment{sighting.process, event.step};
  (in_first ? moment.first_order : moment.second_order) = event.order;
  note_divergence(event, moment);
  watch(sighting.identity, in_first ? EventOutcome::kOnlyInFirst : EventOutcome::kOnlyInSecond);
}

// Both halves of a pair that came earlier on both sides would have met earlier: so a pair behind
// its lane's latest on either side has been overtaken by a matched event.
void Ledger::note_order(const Event& first, const Event& second) {
  if (first.lane >= lanes_.size()) lanes_.resize(first.lane + 1);
  Lane& lane = lanes_[first.lane];
  if (first.order < lane.latest_first || second.order < lane.latest_second) {
    ++result_.reordered;
    lane.first_reordered = std::min(lane.first_reordered, first.order);
  }
  lane.latest_first = std::max(lane.latest_first, first.order);
  lane.latest_second = std::max(lane.latest_second, second.order);
}

void Ledger::note_metric(const Event& first, const Event& second) {
  Metric& metric = metrics_[first.op];
  MetricSeries& series = metric.series;
  ++series.compared;
  series.max_abs_difference =
      std::max(series.max_abs_difference, absolute_difference(first.value, second.value));
  if (first.order >= metric.latest_order) {
    metric.latest_order = first.order;
    series.last_first = first.value;
    series.last_second = second.value;
  }
}

void Ledger::watch(uint64_t identity, EventOutcome outcome) {
  const auto watched = watched_.find(identity);
  if (watched == watched_.end()) return;
  // Of several events under one identity a divergence is what the caller has to know.
  if (watched->second == EventOutcome::kAbsent || watched->second == EventOutcome::kAgrees) {
    watched->second = outcome;
  }
}

Comparison Ledger::finish(const SampleSums& samples) {
  std::unordered_map<uint64_t, uint64_t> reordered_from;  // by hash of the lane's name
  for (size_t i = 0; i < lanes_.size(); ++i) {
    if (lanes_[i].first_reordered != UINT64_MAX) {
      reordered_from[first_.lane_hash(static_cast<uint32_t>(i))] = lanes_[i].first_reordered;
    }
  }
  for (OpenGroup& open : groups_.finish()) {
    OriginGroup& group = open.group;
    if (result_.groups.size() == kMaximumGroups) {
      ++result_.groups_left_out;
      result_.occurrences_left_out += group.occurrences;
      continue;
    }
    const auto reordered = reordered_from.find(open.lane_hash);
    group.reordered = reordered != reordered_from.end() && reordered->second <= group.first.order;
    if (group.first.kind == EventKind::kBatch) {
      group.batch_same_samples |= samples.agree_from(open.op_hash, group.first.order);
    }
    result_.groups.push_back(std::move(group));
  }
  result_.timeline = timeline_.finish();
  result_.operations = operations_.by_name(first_);
  for (const auto& [name, metric] : metrics_) {
    result_.metrics[std::string(first_.text(name))] = metric.series;
  }
  result_.watched = {watched_.begin(), watched_.end()};
  return std::move(result_);
}

}  // namespace detaudit::auditor
