#include "tests/unit/auditor/naive_comparison.h"

#include <algorithm>
#include <functional>
#include <set>

namespace detaudit::auditor {

using instrument::EventKind;

NaiveComparison::NaiveComparison(const PlannedRun& first, const PlannedRun& second) {
  align(first, true);
  align(second, false);
  const std::vector<Op> moved = find_moved();
  moved_ops = moved.size();
  for (const Op& op : moved) align_anywhere(op);
  note_order();
  for (const Aligned& event : aligned_) classify(event);
  if (!groups.empty() || explained_.empty()) return;
  const Aligned& earliest = **std::min_element(
      explained_.begin(), explained_.end(), [](const Aligned* a, const Aligned* b) {
        return std::tuple(a->event().step, a->first.order) <
               std::tuple(b->event().step, b->first.order);
      });
  add(earliest, earliest.same_inputs() ? DivergenceShape::kOutputsDiffer
                                       : DivergenceShape::kEnteredUnseen);
}

NaiveComparison::Op NaiveComparison::op_of(const Aligned& event) {
  return {event.process, event.event().kind, event.event().op};
}

void NaiveComparison::align(const PlannedRun& run, bool is_first) {
  std::map<Identity, size_t> places;
  for (size_t i = 0; i < aligned_.size(); ++i) {
    const Planned& event = *aligned_[i].first.event;
    places[{event.lane, event.kind, event.op, event.key, event.step,
            aligned_[i].first.occurrence}] = i;
  }
  std::map<Identity, uint64_t> occurrences;
  uint64_t order = 0;
  for (size_t process = 0; process < run.size(); ++process) {
    for (const Planned& event : run[process].events) {
      Identity identity{event.lane, event.kind, event.op, event.key, event.step, 0};
      const uint64_t occurrence = occurrences[identity]++;
      std::get<5>(identity) = occurrence;
      const auto [place, added] = places.try_emplace(identity, aligned_.size());
      if (added) aligned_.emplace_back();
      Aligned& aligned = aligned_[place->second];
      (is_first ? aligned.first : aligned.second) = {&event, order, occurrence};
      if (event.kind == EventKind::kBatch) {
        batches_[is_first ? 0 : 1][event.op].push_back({order, event.outputs[1]});
      }
      ++order;
      aligned.process = process;
    }
  }
}

// Both runs have as many events of one key, content or inputs, and not in the same lanes.
std::vector<NaiveComparison::Op> NaiveComparison::find_moved() const {
  using Words = std::vector<uint64_t>;
  using Trait = std::tuple<Op, std::string, uint64_t, int, Words, Words>;
  std::map<Trait, std::multiset<std::string>> lanes[2];
  for (const Aligned& event : aligned_) {
    if (event.in_both() && event.same_inputs() && !event.diverged()) continue;
    for (const auto& [side, seen] : {std::pair(0, event.first), std::pair(1, event.second)}) {
      if (seen.event == nullptr) continue;
      const Planned& planned = *seen.event;
      auto& of_side = lanes[side];
      const auto add = [&](int trait, const Words& inputs, const Words& outputs) {
        of_side[{op_of(event), planned.key, planned.step, trait, inputs, outputs}].insert(
            planned.lane);
      };
      add(0, planned.inputs, planned.outputs);
      if (!planned.key.empty()) add(1, {}, {});
      if (!planned.inputs.empty()) add(2, planned.inputs, {});
    }
  }
  std::set<Op> moved;
  for (const auto& [trait, in] : lanes[0]) {
    const auto other = lanes[1].find(trait);
    if (other == lanes[1].end() || other->second.size() != in.size()) continue;
    if (other->second != in) moved.insert(std::get<0>(trait));
  }
  return {moved.begin(), moved.end()};
}

void NaiveComparison::align_anywhere(const Op& op) {
  std::vector<Seen> firsts, seconds;
  const auto rest = std::partition(aligned_.begin(), aligned_.end(),
                                   [&](const Aligned& event) { return op_of(event) != op; });
  for (auto event = rest; event != aligned_.end(); ++event) {
    if (event->first.event) firsts.push_back(event->first);
    if (event->second.event) seconds.push_back(event->second);
  }
  aligned_.erase(rest, aligned_.end());
  const auto by_order = [](const Seen& a, const Seen& b) { return a.order < b.order; };
  std::sort(firsts.begin(), firsts.end(), by_order);
  std::sort(seconds.begin(), seconds.end(), by_order);
  const auto same_lane = [](const Seen& a, const Seen& b) {
    return a.event->lane == b.event->lane && a.occurrence == b.occurrence;
  };
  const auto same_inputs = [](const Seen& a, const Seen& b) {
    return !a.event->inputs.empty() && a.event->inputs == b.event->inputs;
  };
  const auto same_outputs = [](const Seen& a, const Seen& b) {
    return a.event->outputs == b.event->outputs;
  };
  const std::function<bool(const Seen&, const Seen&)> likenesses[] = {
      [&](const Seen& a, const Seen& b) {
        return a.event->inputs == b.event->inputs && same_outputs(a, b);
      },
      [&](const Seen& a, const Seen& b) {
        return a.event->inputs == b.event->inputs && same_lane(a, b);
      },
      same_inputs, same_outputs, same_lane, [](const Seen&, const Seen&) { return true; }};
  for (const auto& alike : likenesses) {
    for (Seen& first : firsts) {
      for (Seen& second : seconds) {
        if (!first.event || !second.event || first.event->key != second.event->key ||
            first.event->step != second.event->step || !alike(first, second)) {
          continue;
        }
        aligned_.push_back({first, second, std::get<0>(op), true});
        first.event = second.event = nullptr;
      }
    }
  }
  for (const Seen& first : firsts) {
    if (first.event) aligned_.push_back({first, {}, std::get<0>(op), true});
  }
  for (const Seen& second : seconds) {
    if (second.event) aligned_.push_back({{}, second, std::get<0>(op), true});
  }
}

void NaiveComparison::note_order() {
  for (const Aligned& a : aligned_) {
    for (const Aligned& b : aligned_) {
      reordered |= !a.moved && !b.moved && a.in_both() && b.in_both() &&
                   a.event().lane == b.event().lane && a.first.order < b.first.order &&
                   a.second.order > b.second.order;
    }
  }
}

bool NaiveComparison::any_before(const Aligned& event, bool (*explains)(const Aligned&)) const {
  return std::any_of(aligned_.begin(), aligned_.end(), [&](const Aligned& other) {
    if (!other.diverged() || !explains(other)) return false;
    if (other.process != event.process) {
      return event.event().kind == EventKind::kOutput || other.event().step <= event.event().step;
    }
    return other.first.event ? other.first.order < event.first.order
                             : other.second.order < event.second.order;
  });
}

bool NaiveComparison::is_origin(const Aligned& event) const {
  if (!event.same_inputs()) return false;
  if (!event.event().inputs.empty()) return true;
  switch (event.event().kind) {
    case EventKind::kRngStream:
      return true;
    case EventKind::kMetric:
      return !any_before(event, [](const Aligned& other) {
        return other.event().kind != EventKind::kMetric && other.event().kind != EventKind::kOutput;
      });
    case EventKind::kOutput:
      return !any_before(
          event, [](const Aligned& other) { return other.event().kind != EventKind::kOutput; });
    default:
      return !any_before(event, [](const Aligned& other) {
        return other.in_both() && other.event().kind == EventKind::kRngStream;
      });
  }
}

void NaiveComparison::classify(const Aligned& event) {
  if (!event.in_both()) {
    ++(event.first.event ? only_in_first : only_in_second);
    add(event, DivergenceShape::kOnlyInOneRun);
    return;
  }
  ++compared;
  inputs_differed += event.same_inputs() ? 0 : 1;
  if (!event.diverged()) {
    ++agreeing;
  } else if (is_origin(event)) {
    ++origins;
    ++origins_by_step[event.event().step];
    add(event, DivergenceShape::kOutputsDiffer);
  } else {
    ++propagated;
    const bool output = event.event().kind == EventKind::kOutput;
    const bool explained =
        any_before(event, output ? [](const Aligned&) { return true; } : [](const Aligned& other) {
          return other.event().kind != EventKind::kOutput;
        });
    if (!event.same_inputs() && !explained) {
      add(event, DivergenceShape::kEnteredUnseen);
    } else {
      explained_.push_back(&event);
    }
  }
}

void NaiveComparison::add(const Aligned& event, DivergenceShape shape) {
  const bool first_alone = shape == DivergenceShape::kOnlyInOneRun && event.first.event != nullptr;
  Group& group = groups[{shape, first_alone, event.event().kind, event.event().op}];
  ++group.occurrences;
  const uint64_t order = event.first.event ? event.first.order : event.second.order;
  if (std::tuple(event.event().step, order) >= std::tuple(group.step, group.order)) return;
  group.step = event.event().step;
  group.order = order;
  group.outputs.clear();
  group.batch_same_samples =
      event.event().kind == EventKind::kBatch && same_samples(event.event().op, order);
  if (!event.in_both()) return;
  const auto &a = event.first.event->outputs, &b = event.second.event->outputs;
  for (uint32_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    if (i >= a.size() || i >= b.size() || a[i] != b[i]) group.outputs.push_back(i);
  }
  if (event.event().kind == EventKind::kBatch) {
    group.batch_same_samples |= a[1] == b[1];
  }
}

bool NaiveComparison::same_samples(const std::string& dataset, uint64_t order) const {
  const auto batches = [&](size_t run) {
    const auto found = batches_[run].find(dataset);
    return found == batches_[run].end() ? std::vector<Batch>{} : found->second;
  };
  const auto first = batches(0), second = batches(1);
  std::multiset<uint64_t> samples[2];
  for (size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) samples[0].insert(first[i].samples);
    if (i < second.size()) samples[1].insert(second[i].samples);
    if (i < std::min(first.size(), second.size()) && first[i].order >= order &&
        samples[0] == samples[1]) {
      return true;
    }
  }
  return samples[0] == samples[1];
}

}  // namespace detaudit::auditor
