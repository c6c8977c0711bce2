#include "tests/unit/auditor/naive_comparison.h"

#include <algorithm>
#include <set>

namespace detaudit::auditor {

using instrument::EventKind;

NaiveComparison::NaiveComparison(const PlannedRun& first, const PlannedRun& second) {
  align(first, true);
  align(second, false);
  note_order();
  for (const auto& [identity, event] : aligned_) classify(event);
}

void NaiveComparison::align(const PlannedRun& run, bool is_first) {
  uint64_t order = 0;
  for (size_t process = 0; process < run.size(); ++process) {
    for (const Planned& event : run[process].events) {
      Aligned& aligned = aligned_[{event.lane, event.kind, event.op, event.key, event.step}];
      (is_first ? aligned.first : aligned.second) = {&event, order};
      if (event.kind == EventKind::kBatch) {
        batches_[is_first ? 0 : 1][event.op].push_back({order, event.outputs[1]});
      }
      ++order;
      aligned.process = process;
    }
  }
}

void NaiveComparison::note_order() {
  for (const auto& [identity, a] : aligned_) {
    for (const auto& [other_identity, b] : aligned_) {
      reordered |= a.in_both() && b.in_both() && a.event().lane == b.event().lane &&
                   a.first.order < b.first.order && a.second.order > b.second.order;
    }
  }
}

bool NaiveComparison::any_before(const Aligned& event, bool (*explains)(const Aligned&)) const {
  return std::any_of(aligned_.begin(), aligned_.end(), [&](const auto& entry) {
    const Aligned& other = entry.second;
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
    if (!event.same_inputs() && !any_before(event, [](const Aligned&) { return true; })) {
      add(event, DivergenceShape::kEnteredUnseen);
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
