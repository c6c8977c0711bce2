#include "auditor/compare/ledger.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>

#include "auditor/compare/packed_event.h"

namespace detaudit::auditor {
namespace {

using instrument::Event;
using instrument::EventKind;
using instrument::TraceReader;

constexpr size_t kHeldBytes = size_t{1} << 20;

bool all_torn(std::span<const kernels::Digest> digests) {
  return !digests.empty() && std::none_of(digests.begin(), digests.end(), sound);
}

// Of unequal ones: digests that other work may have torn say nothing, whatever they are.
bool agree_where_sound(std::span<const kernels::Digest> a, std::span<const kernels::Digest> b) {
  if (a.size() != b.size()) return all_torn(a) || all_torn(b);
  for (size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i] && sound(a[i]) && sound(b[i])) return false;
  return true;
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

Ledger::Ledger(const CompareOptions& options, const TraceStream& first, const TraceStream& second,
               Frontiers& frontiers, MovedWork* moved_work)
    : first_stream_(first),
      second_stream_(second),
      first_(first.reader()),
      second_(second.reader()),
      frontiers_(frontiers),
      moved_work_(moved_work) {
  for (const uint64_t identity : options.watch) watched_[identity] = EventOutcome::kAbsent;
}

// Both halves of a pair that came earlier on both sides would have met earlier: so a pair behind
// its lane's latest on either side has been overtaken by a matched event.
inline void Ledger::note_order(const Pair& pair, Arrival arrival) {
  if (pair.lane >= lanes_.size()) lanes_.resize(pair.lane + 1);
  Lane& lane = lanes_[pair.lane];
  if (arrival != Arrival::kLive) {
    lane.other_first = std::max(lane.other_first, pair.first_order);
    lane.other_second = std::max(lane.other_second, pair.second_order);
    return;
  }
  if (pair.first_order < lane.latest_first || pair.second_order < lane.latest_second) {
    ++result_.reordered;
    lane.first_reordered = std::min(lane.first_reordered, pair.first_order);
  }
  lane.latest_first = std::max(lane.latest_first, pair.first_order);
  lane.latest_second = std::max(lane.latest_second, pair.second_order);
}

inline void Ledger::count(const Pair& pair, Arrival arrival) {
  ++result_.compared;
  ++timeline_.at(pair.step).compared;
  ++operations_.at(pair.kind, pair.op).events;
  note_order(pair, arrival);
}

inline bool Ledger::changed_lanes(const Event& first, const Event& second) const {
  return first_stream_.lane_hash(first.lane) != second_stream_.lane_hash(second.lane);
}

bool Ledger::agreed(const Sighting& first, const Sighting& second) {
  const Event& a = *first.event;
  const Event& b = *second.event;
  if (!watched_.empty() || a.kind == EventKind::kMetric ||
      (moved_work_ != nullptr && first.moved && changed_lanes(a, b)) ||
      !equal(a.outputs, b.outputs) || !same_inputs(first, second)) {
    return false;
  }
  count({a.kind, a.op, a.lane, a.step, a.order, b.order},
        first.moved ? Arrival::kLate : Arrival::kLive);
  ++result_.agreeing;
  return true;
}

bool Ledger::agreed(const PackedEvent& first, const PackedEvent& second) {
  if (!watched_.empty() || first.kind() == EventKind::kMetric ||
      (moved_work_ != nullptr && first.moved()) || !equal(first.outputs(), second.outputs()) ||
      !same_inputs(first.inputs(), second.inputs())) {
    return false;
  }
  count({first.kind(), first.op(), first.lane(), first.step(), first.order(), second.order()},
        Arrival::kLate);
  ++result_.agreeing;
  return true;
}

void Ledger::matched(const Sighting& first, const Sighting& second, Arrival arrival) {
  const Event& a = *first.event;
  const Event& b = *second.event;
  count({a.kind, a.op, a.lane, a.step, a.order, b.order},
        first.moved ? Arrival::kLate : arrival);
  if (a.kind == EventKind::kMetric) note_metric(a, b);
  const bool inputs_equal = same_inputs(first, second);
  const bool outputs_equal = equal(a.outputs, b.outputs);
  if (!inputs_equal) {
    ++result_.inputs_differed;
    if (a.kind == EventKind::kCollective) frontiers_.collectives.note_parted(collective_of(a, first_));
  }
  if (moved_work_ != nullptr && (first.moved || !inputs_equal || !outputs_equal)) {
    moved_work_->note_pair(first_stream_, first, second_stream_, second);
  }
  if (outputs_equal || agree_where_sound(a.outputs, b.outputs)) {
    ++result_.agreeing;
    watch(first, EventOutcome::kAgrees);
  } else {
    diverged(first, second, inputs_equal);
  }
}

void Ledger::diverged(const Sighting& first, const Sighting& second, bool inputs_equal) {
  const Moment moment = moment_of(first, second);
  bool open = false;
  Answer given = answer(first, inputs_equal, moment, [&](Frontier& frontier, const Moment& asked) {
    const bool known = frontier.has_before(asked);
    open |= !known;
    return known;
  });
  if (open && holding_ && held_bytes_ < kHeldBytes) {
    keep_questions(first, second, inputs_equal);
  } else {
    if (open) given = answer_for_good(first, inputs_equal, moment);
    judge(first, second, inputs_equal, given);
  }
  // Of a collective the outcome depends on no question.
  const bool passed = first.event->kind == EventKind::kCollective &&
                      given.outcome == EventOutcome::kPropagated;
  note_divergence(*first.event, moment,
                  passed && inputs_equal ? Passed::kByCollective : Passed::kNo);
  if (passed) frontiers_.collectives.note_passed(moment);
}

Ledger::Answer Ledger::answer_for_good(const Sighting& first, bool inputs_equal,
                                       const Moment& moment) {
  return answer(first, inputs_equal, moment, [](Frontier& frontier, const Moment& asked) {
    return frontier.any_before(asked);
  });
}

void Ledger::judge(const Sighting& first, const Sighting& second, bool inputs_equal,
                   const Answer& given) {
  StepBin& bin = timeline_.at(first.event->step);
  OperationCount& operation = operations_.at(first.event->kind, first.event->op);
  if (given.outcome == EventOutcome::kOrigin) {
    ++result_.origins;
    ++bin.origins;
    ++operation.origins;
    groups_.add({DivergenceShape::kOutputsDiffer, Side::kFirst, &first, &second}, first_);
  } else {
    ++result_.propagated;
    ++bin.propagated;
    ++operation.propagated;
    const auto shape =
        inputs_equal ? DivergenceShape::kOutputsDiffer : DivergenceShape::kEnteredUnseen;
    const Occurrence occurrence{shape, Side::kFirst, &first, &second};
    if (!given.explained && !inputs_equal)
      groups_.add(occurrence, first_);
    else
      keep_if_earliest(occurrence);
  }
  watch(first, given.outcome);
}

void Ledger::keep_questions(const Sighting& first, const Sighting& second, bool inputs_equal) {
  const auto keep = [&](const Sighting& sighting) {
    const PackedEvent::Shape shape = PackedEvent::shape_of(sighting);
    auto words = std::make_unique<uint64_t[]>(shape.bytes / sizeof(uint64_t));
    (new (words.get()) PackedEvent)->pack(sighting, shape);
    held_bytes_ += shape.bytes;
    return words;
  };
  held_.push_back({keep(first), keep(second), inputs_equal});
}

void Ledger::hold() { holding_ = true; }

void Ledger::release() {
  holding_ = false;
  for (const Held& held : held_) {
    Event a, b;
    const auto unpacked = [](const auto& words, Event& event) {
      return reinterpret_cast<const PackedEvent*>(words.get())->unpack(event);
    };
    const Sighting first = unpacked(held.first, a), second = unpacked(held.second, b);
    judge(first, second, held.inputs_equal,
          answer_for_good(first, held.inputs_equal, moment_of(first, second)));
  }
  held_.clear();
  held_bytes_ = 0;
}

template <typename Before>
Ledger::Answer Ledger::answer(const Sighting& sighting, bool inputs_equal, const Moment& moment,
                              Before&& before) {
  const EventOutcome outcome = classify(sighting, inputs_equal, moment, before);
  if (outcome == EventOutcome::kOrigin) return {outcome, false};
  // What came in with the inputs came from something recorded before, or from where nobody looked.
  // An output is an effect: it explains nothing that was recorded.
  Frontier& frontier =
      sighting.event->kind == EventKind::kOutput ? frontiers_.all : frontiers_.recorded;
  return {outcome, before(frontier, moment)};
}

template <typename Before>
EventOutcome Ledger::classify(const Sighting& sighting, bool inputs_equal, const Moment& moment,
                              Before&& before) {
  const auto unless = [](bool explained) {
    return explained ? EventOutcome::kPropagated : EventOutcome::kOrigin;
  };
  if (!inputs_equal) return EventOutcome::kPropagated;
  const Event& event = *sighting.event;
  if (event.kind == EventKind::kCollective)
    return unless(frontiers_.collectives.parted(collective_of(event, first_)));
  if (inputs_of(sighting).any) return EventOutcome::kOrigin;
  switch (event.kind) {
    case EventKind::kMetric:
      return unless(before(frontiers_.operations, moment));
    case EventKind::kOutput: {
      // When an output was written within the steps of another process is not known.
      Moment any_step = moment;
      any_step.step = UINT64_MAX;
      return unless(before(frontiers_.recorded, any_step));
    }
    case EventKind::kBatch:
    case EventKind::kOperation:
      return unless(before(frontiers_.streams, moment));
    case EventKind::kCollective:
    case EventKind::kRngStream:
      break;
  }
  return EventOutcome::kOrigin;
}

// Known the same to all of its ranks.
uint64_t Ledger::collective_of(const Event& event, const TraceReader& reader) const {
  return instrument::identity_hash(0, event.kind, reader.hash(event.op), reader.hash(event.key),
                                   event.step, event.occurrence);
}

// Processes whose steps cannot be ordered may explain each other in a circle, and then nothing would
// be left to report: the earliest stands for them.
void Ledger::keep_if_earliest(const Occurrence& occurrence) {
  const Event& event = *occurrence.shown->event;
  const std::pair<uint64_t, uint64_t> when(event.step, event.order);
  if (earliest_ && *earliest_ <= when) return;
  earliest_ = when;
  earliest_explained_ = OriginGroups();
  earliest_explained_.add(occurrence, first_);
}

void Ledger::note_divergence(const Event& event, const Moment& moment, Passed passed) {
  const auto reach = passed == Passed::kByCollective || frontiers_.collectives.passed_before(moment)
                         ? Frontier::Reach::kOwn
                         : Frontier::Reach::kAll;
  const bool in_both =
      moment.first_order != Moment::kNever && moment.second_order != Moment::kNever;
  frontiers_.all.note(moment, reach);
  if (event.kind == EventKind::kOutput) return;
  frontiers_.recorded.note(moment, reach);
  if (event.kind == EventKind::kMetric) return;
  frontiers_.operations.note(moment, reach);
  if (event.kind == EventKind::kRngStream && in_both) frontiers_.streams.note(moment, reach);
}

void Ledger::alone(Side side, const Sighting& sighting) {
  const bool in_first = side == Side::kFirst;
  const TraceReader& reader = in_first ? first_ : second_;
  const Event& event = *sighting.event;
  ++(in_first ? result_.only_in_first : result_.only_in_second);
  if (event.kind == EventKind::kMetric) ++lone_metrics_[std::string(reader.text(event.op))];
  if (event.kind == EventKind::kCollective)
    frontiers_.collectives.note_parted(collective_of(event, reader));
  ++timeline_.at(event.step).missing;
  groups_.add({DivergenceShape::kOnlyInOneRun, side, &sighting, nullptr}, reader);
  Moment moment{sighting.process, event.step};
  (in_first ? moment.first_order : moment.second_order) = event.order;
  note_divergence(event, moment);
  watch(sighting, in_first ? EventOutcome::kOnlyInFirst : EventOutcome::kOnlyInSecond);
  if (moved_work_ != nullptr) {
    moved_work_->note(side, in_first ? first_stream_ : second_stream_, sighting);
  }
  std::vector<char>& lanes = lanes_alone_[static_cast<size_t>(side)];
  if (event.lane >= lanes.size()) lanes.resize(event.lane + 1);
  lanes[event.lane] = 1;
}

void Ledger::note_metric(const Event& first, const Event& second) {
  Metric& metric = metrics_[first.op];
  MetricSeries& series = metric.series;
  ++series.compared;
  series.not_a_number |= std::isnan(first.value) || std::isnan(second.value);
  series.max_abs_difference =
      std::max(series.max_abs_difference, absolute_difference(first.value, second.value));
  if (first.order >= metric.latest_order) {
    metric.latest_order = first.order;
    series.last_first = first.value;
    series.last_second = second.value;
  }
}

void Ledger::watch(const Sighting& sighting, EventOutcome outcome) {
  if (watched_.empty()) return;
  auto watched = watched_.find(sighting.identity);
  if (watched == watched_.end()) watched = watched_.find(sighting.anywhere);
  if (watched == watched_.end()) return;
  // Of several events under one identity a divergence is what the caller has to know.
  if (watched->second == EventOutcome::kAbsent || watched->second == EventOutcome::kAgrees) {
    watched->second = outcome;
  }
}

// A lane that one run lacks is no loss when all that it did is found in others.
std::vector<std::string> Ledger::unaligned_lanes() const {
  std::vector<std::string> unaligned;
  const auto ours = first_stream_.lanes(), theirs = second_stream_.lanes();
  for (const Side side : {Side::kFirst, Side::kSecond}) {
    const auto& others = side == Side::kFirst ? theirs : ours;
    const TraceReader& reader = side == Side::kFirst ? first_ : second_;
    const std::vector<char>& alone = lanes_alone_[static_cast<size_t>(side)];
    for (uint32_t lane = 0; lane < alone.size(); ++lane) {
      std::string name(reader.lane_name(lane));
      if (alone[lane] == 0 || std::binary_search(others.begin(), others.end(), name)) continue;
      unaligned.push_back(std::move(name));
    }
  }
  std::sort(unaligned.begin(), unaligned.end());
  return unaligned;
}

Comparison Ledger::finish(const SampleSums& samples) {
  std::unordered_map<uint64_t, Lane> lanes;  // by hash of the lane's name
  for (size_t i = 0; i < lanes_.size(); ++i) {
    lanes[first_.lane_hash(static_cast<uint32_t>(i))] = lanes_[i];
  }
  std::vector<OpenGroup> groups = groups_.finish();
  if (groups.empty() && earliest_) groups = earliest_explained_.finish();
  for (OpenGroup& open : groups) {
    OriginGroup& group = open.group;
    if (result_.groups.size() == kMaximumGroups) {
      ++result_.groups_left_out;
      result_.occurrences_left_out += group.occurrences;
      continue;
    }
    const Lane& lane = lanes[open.lane_hash];
    group.reordered = lane.first_reordered <= group.first.order;
    group.at_end = group.shape == DivergenceShape::kOnlyInOneRun &&
                   group.first.order >= lane.last(group.only_in_first ? Side::kFirst : Side::kSecond);
    if (group.first.kind == EventKind::kBatch) {
      group.batch_same_samples |= samples.agree_from(open.op_hash, group.first.order);
    }
    result_.groups.push_back(std::move(group));
  }
  result_.unaligned_lanes = unaligned_lanes();
  result_.timeline = timeline_.finish();
  result_.operations = operations_.by_name(first_);
  for (const auto& [name, metric] : metrics_) {
    result_.metrics[std::string(first_.text(name))] = metric.series;
  }
  for (const auto& [name, count] : lone_metrics_) result_.metrics[name].unpaired = count;
  result_.watched = {watched_.begin(), watched_.end()};
  return std::move(result_);
}

}  // namespace detaudit::auditor
