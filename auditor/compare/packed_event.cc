#include "auditor/compare/packed_event.h"

#include <array>
#include <bit>
#include <cstring>

namespace detaudit::auditor {
namespace {

using instrument::Event;
using instrument::EventKind;

// By flags: how many words they add.
constexpr std::array<uint8_t, 32> kWordCounts = [] {
  std::array<uint8_t, 32> counts{};
  for (unsigned flags = 0; flags < counts.size(); ++flags) {
    counts[flags] = static_cast<uint8_t>(std::popcount(flags));
  }
  return counts;
}();

uint32_t low(uint64_t value) { return static_cast<uint32_t>(value); }

}  // namespace

PackedEvent::Shape PackedEvent::shape_of(const Sighting& sighting) {
  const Event& event = *sighting.event;
  const Inputs inputs = inputs_of(sighting);
  unsigned flags = 0;
  if (sighting.moved) flags |= kMoved;
  if ((event.order | event.step) >> 32 != 0) flags |= kLong;
  if (event.occurrence != 0) flags |= kOccurrence;
  if (event.kind == EventKind::kMetric) flags |= kValue;
  if (sighting.anywhere != 0) flags |= kAnywhere;
  if (inputs.any) flags |= kInputs;
  if (inputs.sound) flags |= kInputsSound;
  const auto kept = static_cast<uint8_t>(flags);
  return {inputs, kept, bytes_of(kept, event.outputs.size())};
}

size_t PackedEvent::bytes_of(uint8_t flags, size_t outputs) {
  return sizeof(PackedEvent) + outputs * sizeof(kernels::Digest) +
         kWordCounts[flags & kWords] * sizeof(uint64_t);
}

size_t PackedEvent::size_bytes() const { return bytes_of(flags_, outputs_); }

uint64_t PackedEvent::order() const {
  if ((flags_ & kLong) == 0) return order_;
  return words()[flags_ & kMoved ? 1 : 0] >> 32 << 32 | order_;
}

uint64_t PackedEvent::step() const {
  if ((flags_ & kLong) == 0) return step_;
  return words()[flags_ & kMoved ? 1 : 0] << 32 | step_;
}

uint64_t PackedEvent::occurrence() const {
  if ((flags_ & kOccurrence) == 0) return 0;
  return words()[kWordCounts[flags_ & (kMoved | kLong)]];
}

void PackedEvent::pack(const Sighting& sighting, const Shape& shape) {
  const Event& event = *sighting.event;
  flags_ = shape.flags;
  identity_ = sighting.identity;
  inputs_hash_ = shape.inputs.hash;
  order_ = low(event.order);
  step_ = low(event.step);
  lane_ = event.lane;
  op_ = event.op;
  key_ = event.key;
  signature_ = event.signature;
  file_ = event.file;
  line_ = event.line;
  process_ = sighting.process;
  outputs_ = static_cast<uint16_t>(event.outputs.size());
  kind_ = static_cast<uint8_t>(event.kind);
  phase_ = static_cast<uint8_t>(event.phase);
  uint64_t* word = words();
  if (flags_ & kMoved) *word++ = sighting.match;
  if (flags_ & kLong) *word++ = event.order >> 32 << 32 | event.step >> 32;
  if (flags_ & kOccurrence) *word++ = event.occurrence;
  if (flags_ & kValue) *word++ = std::bit_cast<uint64_t>(event.value);
  if (flags_ & kAnywhere) *word++ = sighting.anywhere;
  if (outputs_ > 0) std::memcpy(word, event.outputs.data(), event.outputs.size_bytes());
}

Sighting PackedEvent::unpack(Event& event) const {
  event.kind = static_cast<EventKind>(kind_);
  event.phase = static_cast<instrument::Phase>(phase_);
  event.lane = lane_;
  event.op = op_;
  event.key = key_;
  event.signature = signature_;
  event.file = file_;
  event.line = line_;
  event.step = step_;
  event.order = order_;
  event.occurrence = 0;
  event.value = 0;
  event.inputs = {};
  Sighting sighting;
  sighting.event = &event;
  sighting.identity = sighting.match = identity_;
  sighting.process = process_;
  sighting.moved = (flags_ & kMoved) != 0;
  sighting.packed = true;
  sighting.inputs = {inputs_hash_, (flags_ & kInputs) != 0, (flags_ & kInputsSound) != 0};
  const uint64_t* word = words();
  if (flags_ & kMoved) sighting.match = *word++;
  if (flags_ & kLong) {
    event.order |= *word >> 32 << 32;
    event.step |= *word++ << 32;
  }
  if (flags_ & kOccurrence) event.occurrence = *word++;
  if (flags_ & kValue) event.value = std::bit_cast<double>(*word++);
  if (flags_ & kAnywhere) sighting.anywhere = *word++;
  event.outputs = {reinterpret_cast<const kernels::Digest*>(word), outputs_};
  return sighting;
}

}  // namespace detaudit::auditor
