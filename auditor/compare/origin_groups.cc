#include "auditor/compare/origin_groups.h"

#include <algorithm>
#include <tuple>

namespace detaudit::auditor {
namespace {

using instrument::Event;
using instrument::EventKind;
using instrument::TraceReader;

EventPlace place_of(const Sighting& sighting, const TraceReader& reader) {
  const Event& event = *sighting.event;
  EventPlace place;
  place.kind = event.kind;
  place.phase = event.phase;
  place.op = reader.text(event.op);
  place.key = reader.text(event.key);
  place.lane = reader.lane_name(event.lane);
  place.step = event.step;
  place.occurrence = event.occurrence;
  place.order = event.order;
  place.identity = sighting.identity;
  place.process = sighting.process;
  place.file = reader.text(event.file);
  place.line = event.line;
  return place;
}

bool writes_an_input(const instrument::Signature& signature, const std::vector<uint32_t>& outputs) {
  return std::any_of(outputs.begin(), outputs.end(), [&](uint32_t output) {
    return output < signature.outputs.size() &&
           std::any_of(signature.inputs.begin(), signature.inputs.end(), [&](const auto& input) {
             return input.name == signature.outputs[output].name;
           });
  });
}

bool same_samples(const Occurrence& occurrence) {
  const Event& shown = *occurrence.shown->event;
  if (shown.kind != EventKind::kBatch || occurrence.other == nullptr) return false;
  const Event& other = *occurrence.other->event;
  return shown.outputs.size() > kSamplesOutput && other.outputs.size() > kSamplesOutput &&
         shown.outputs[kSamplesOutput] == other.outputs[kSamplesOutput];
}

}  // namespace

std::vector<uint32_t> differing(std::span<const kernels::Digest> a,
                                std::span<const kernels::Digest> b) {
  std::vector<uint32_t> indices;
  for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    if (i >= a.size() || i >= b.size() || a[i] != b[i]) indices.push_back(static_cast<uint32_t>(i));
  }
  return indices;
}

void OriginGroups::add(const Occurrence& occurrence, const TraceReader& reader) {
  const Event& event = *occurrence.shown->event;
  const uint64_t op_hash = reader.hash(event.op);
  const auto shape = static_cast<uint64_t>(occurrence.shape);
  const uint64_t key = instrument::identity_hash(shape, event.kind, op_hash, 0,
                                                 static_cast<uint64_t>(occurrence.side), 0);
  Entry& entry = entries_[key];
  ++entry.open.group.occurrences;
  const Early early{event.step, event.order, occurrence.shown->identity};
  const bool is_first = entry.earliest.empty() || early < entry.earliest.front();
  const auto place = std::lower_bound(entry.earliest.begin(), entry.earliest.end(), early);
  if (place != entry.earliest.end() || entry.earliest.size() < kIdentitiesKept) {
    entry.earliest.insert(place, early);
    if (entry.earliest.size() > kIdentitiesKept) entry.earliest.pop_back();
  }
  if (is_first) describe_first(entry, occurrence, reader);
}

void OriginGroups::describe_first(Entry& entry, const Occurrence& occurrence,
                                  const TraceReader& reader) {
  const Event& event = *occurrence.shown->event;
  OriginGroup& group = entry.open.group;
  group.shape = occurrence.shape;
  group.only_in_first =
      occurrence.shape == DivergenceShape::kOnlyInOneRun && occurrence.side == Side::kFirst;
  group.first = place_of(*occurrence.shown, reader);
  group.signature = reader.signature(event.signature);
  group.outputs.clear();
  if (occurrence.other != nullptr) {
    group.outputs = differing(event.outputs, occurrence.other->event->outputs);
  }
  group.in_place = writes_an_input(group.signature, group.outputs);
  group.batch_same_samples = same_samples(occurrence);
  entry.open.lane_hash = reader.lane_hash(event.lane);
  entry.open.op_hash = reader.hash(event.op);
}

std::vector<OpenGroup> OriginGroups::finish() {
  std::vector<OpenGroup> groups;
  groups.reserve(entries_.size());
  for (auto& [key, entry] : entries_) {
    for (const Early& early : entry.earliest) {
      entry.open.group.identities.push_back(early.identity);
    }
    groups.push_back(std::move(entry.open));
  }
  std::sort(groups.begin(), groups.end(), [](const OpenGroup& a, const OpenGroup& b) {
    const auto rank = [](const OriginGroup& group) {
      return std::tuple(group.first.step, group.first.order, group.shape, !group.only_in_first,
                        group.first.kind, std::string_view(group.first.op));
    };
    return rank(a.group) < rank(b.group);
  });
  return groups;
}

}  // namespace detaudit::auditor
