#include "auditor/compare/moved_work.h"

#include <algorithm>
#include <span>

namespace detaudit::auditor {
namespace {

constexpr uint64_t kByKey = 0x9ae16a3b2f90404fu;
constexpr uint64_t kByInputs = 0xc949d7c7509e6557u;
constexpr size_t kFewestSlots = 1024;

}  // namespace

uint64_t MovedWork::anywhere(const TraceStream& stream, const Sighting& sighting) {
  return sighting.moved ? sighting.identity : stream.identity_without_lane(*sighting.event);
}

MovedWork::Traits MovedWork::traits_of(const Sighting& sighting, uint64_t anywhere) {
  const instrument::Event& event = *sighting.event;
  const Inputs inputs = inputs_of(sighting);
  Traits traits;
  traits.content =
      sighting.moved ? sighting.match : content_hash(anywhere, inputs, event.outputs);
  if (inputs.any) traits.inputs = content_hash(anywhere ^ kByInputs, inputs);
  if (event.key != 0) traits.key = content_hash(anywhere ^ kByKey, {});
  return traits;
}

void MovedWork::note(Side side, const TraceStream& stream, const Sighting& sighting) {
  const instrument::Event& event = *sighting.event;
  const Traits traits = traits_of(sighting, anywhere(stream, sighting));
  for (const uint64_t hash : {traits.content, traits.inputs, traits.key}) {
    if (!sampled(hash)) continue;
    const uint64_t lane = stream.lane_hash(event.lane), op = stream.op_in_process(event);
    add(side == Side::kFirst ? Entry{hash, op, lane, 1} : Entry{hash, op, -lane, ~uint64_t{0}});
  }
}

void MovedWork::note_pair(const TraceStream& first_stream, const Sighting& first,
                          const TraceStream& second_stream, const Sighting& second) {
  const instrument::Event &a = *first.event, &b = *second.event;
  const uint64_t our_lane = first_stream.lane_hash(a.lane);
  const uint64_t their_lane = second_stream.lane_hash(b.lane);
  const bool alike = first.moved && first.match == second.match;
  if (alike && our_lane == their_lane) return;
  // Twins are one event wherever they ran.
  const uint64_t anywhere = MovedWork::anywhere(first_stream, first);
  const Traits ours = traits_of(first, anywhere);
  const Traits theirs = alike ? ours : traits_of(second, anywhere);
  const auto note_trait = [&](uint64_t our, uint64_t their) {
    if (our == their) {
      if (our_lane == their_lane || !sampled(our)) return;
      add({our, first_stream.op_in_process(a), our_lane - their_lane, 0});
      return;
    }
    if (sampled(our)) add({our, first_stream.op_in_process(a), our_lane, 1});
    if (sampled(their)) add({their, second_stream.op_in_process(b), -their_lane, ~uint64_t{0}});
  };
  note_trait(ours.content, theirs.content);
  note_trait(ours.inputs, theirs.inputs);
  note_trait(ours.key, theirs.key);
}

void MovedWork::add(const Entry& part) {
  if (!slots_.empty()) __builtin_prefetch(&slots_[part.hash & (slots_.size() - 1)], 1);
  pending_[pending_count_++] = part;
  if (pending_count_ == pending_.size()) settle();
}

void MovedWork::settle() {
  for (const Entry& part : std::span(pending_).first(pending_count_)) {
    if (!sampled(part.hash)) continue;
    Entry& noted = entry(part.hash);
    noted.op_in_process = part.op_in_process;
    noted.lanes += part.lanes;
    noted.events += part.events;
    while (entries_ > kSample) {
      sampled_below_ /= 2;
      rebuild(slots_.size());
    }
  }
  pending_count_ = 0;
}

MovedWork::Entry& MovedWork::entry(uint64_t hash) {
  if (slots_.empty() || 2 * entries_ > slots_.size()) {
    rebuild(std::max(kFewestSlots, 2 * slots_.size()));
  }
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  while (slots_[at].hash != 0 && slots_[at].hash != hash) at = (at + 1) & mask;
  if (slots_[at].hash == 0) {
    slots_[at].hash = hash;
    ++entries_;
  }
  return slots_[at];
}

// Into so many slots, without what is no longer sampled.
void MovedWork::rebuild(size_t slots) {
  std::vector<Entry> kept;
  kept.reserve(entries_);
  for (const Entry& before : slots_) {
    if (sampled(before.hash)) kept.push_back(before);
  }
  slots_.assign(slots, {});
  entries_ = 0;
  for (const Entry& before : kept) entry(before.hash) = before;
}

MovedOps MovedWork::find() {
  settle();
  MovedOps moved;
  for (const Entry& noted : slots_) {
    if (noted.events == 0 && noted.lanes != 0) moved.insert(noted.op_in_process);
  }
  return moved;
}

}  // namespace detaudit::auditor
