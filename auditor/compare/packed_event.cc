#include "auditor/compare/packed_event.h"

#include <algorithm>

namespace detaudit::auditor {
namespace {

uint32_t low(uint64_t value) { return static_cast<uint32_t>(value); }

}  // namespace

unsigned PackedEvent::seldom_flags(const Sighting& sighting) {
  const instrument::Event& event = *sighting.event;
  unsigned flags = 0;
  if ((event.order | event.step) >> 32 != 0) flags |= kLong;
  if (event.occurrence != 0) flags |= kOccurrence;
  if ((event.file | event.line) != 0) flags |= kLocation;
  if (event.kind == instrument::EventKind::kMetric) flags |= kValue;
  if (sighting.anywhere != 0) flags |= kAnywhere;
  return flags;
}

void PackedEvent::pack(const Sighting& sighting, const Shape& shape) {
  const instrument::Event& event = *sighting.event;
  flags_ = shape.flags;
  match_ = sighting.match;
  inputs_hash_ = shape.inputs.hash;
  order_ = low(event.order);
  step_ = low(event.step);
  lane_ = event.lane;
  op_ = event.op;
  key_ = event.key;
  signature_ = event.signature;
  process_ = sighting.process;
  outputs_ = static_cast<uint16_t>(event.outputs.size());
  kind_ = static_cast<uint8_t>(event.kind);
  phase_ = static_cast<uint8_t>(event.phase);
  uint64_t* word = words();
  if (flags_ & kMoved) *word++ = sighting.identity;
  if (flags_ & kSeldom) word = pack_seldom(sighting, word);
  std::copy(event.outputs.begin(), event.outputs.end(), reinterpret_cast<kernels::Digest*>(word));
}

uint64_t* PackedEvent::pack_seldom(const Sighting& sighting, uint64_t* word) {
  const instrument::Event& event = *sighting.event;
  if (flags_ & kLong) *word++ = event.order >> 32 << 32 | event.step >> 32;
  if (flags_ & kOccurrence) *word++ = event.occurrence;
  if (flags_ & kLocation) *word++ = uint64_t{event.file} << 32 | event.line;
  if (flags_ & kValue) *word++ = std::bit_cast<uint64_t>(event.value);
  if (flags_ & kAnywhere) *word++ = sighting.anywhere;
  return word;
}

Sighting PackedEvent::unpack(instrument::Event& event) const {
  event.kind = kind();
  event.phase = static_cast<instrument::Phase>(phase_);
  event.lane = lane_;
  event.op = op_;
  event.key = key_;
  event.signature = signature_;
  event.file = event.line = 0;
  event.step = step_;
  event.order = order_;
  event.occurrence = 0;
  event.value = 0;
  event.inputs = {};
  Sighting sighting;
  sighting.event = &event;
  sighting.identity = sighting.match = match_;
  sighting.process = process_;
  sighting.moved = moved();
  sighting.packed = true;
  sighting.inputs = inputs();
  const uint64_t* word = words();
  if (flags_ & kMoved) sighting.identity = *word++;
  if (flags_ & kSeldom) word = unpack_seldom(event, sighting, word);
  event.outputs = {reinterpret_cast<const kernels::Digest*>(word), outputs_};
  return sighting;
}

const uint64_t* PackedEvent::unpack_seldom(instrument::Event& event, Sighting& sighting,
                                           const uint64_t* word) const {
  if (flags_ & kLong) {
    event.order |= *word >> 32 << 32;
    event.step |= *word++ << 32;
  }
  if (flags_ & kOccurrence) event.occurrence = *word++;
  if (flags_ & kLocation) {
    event.file = low(*word >> 32);
    event.line = low(*word++);
  }
  if (flags_ & kValue) event.value = std::bit_cast<double>(*word++);
  if (flags_ & kAnywhere) sighting.anywhere = *word++;
  return word;
}

}  // namespace detaudit::auditor
