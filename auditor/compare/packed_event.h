#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "auditor/compare/trace_stream.h"

namespace detaudit::auditor {

// An event that waits for its twin, in few bytes: what it read as one hash, the rest as it was. Its
// output digests and what is seldom there lie right behind it: 64 bytes for one output.
// Trivially copyable as size_bytes() bytes.
class PackedEvent {
 public:
  // What becomes of a sighting.
  struct Shape {
    Inputs inputs;
    uint8_t flags = 0;
    size_t bytes = 0;
  };
  static Shape shape_of(const Sighting& sighting);
  void pack(const Sighting& sighting, const Shape& shape);  // into memory of so many bytes
  // The sighting in full but for the digests that it read. Valid as long as `event` and this are.
  Sighting unpack(instrument::Event& event) const;

  uint64_t match() const { return match_; }
  uint64_t identity() const { return flags_ & kMoved ? words()[0] : match_; }
  uint64_t order() const { return flags_ & kLong ? upper() >> 32 << 32 | order_ : order_; }
  uint64_t step() const { return flags_ & kLong ? upper() << 32 | step_ : step_; }
  uint64_t occurrence() const {
    return flags_ & kOccurrence ? words()[kWordCounts[flags_ & (kMoved | kLong)]] : 0;
  }
  instrument::EventKind kind() const { return static_cast<instrument::EventKind>(kind_); }
  uint32_t lane() const { return lane_; }
  uint32_t op() const { return op_; }
  bool moved() const { return (flags_ & kMoved) != 0; }
  Inputs inputs() const {
    return {inputs_hash_, (flags_ & kInputs) != 0, (flags_ & kInputsSound) != 0};
  }
  std::span<const kernels::Digest> outputs() const {
    const uint64_t* behind = words() + kWordCounts[flags_ & kWords];
    return {reinterpret_cast<const kernels::Digest*>(behind), outputs_};
  }
  size_t size_bytes() const { return bytes_of(flags_, outputs_); }

 private:
  // Each adds a word behind the event, in this order.
  enum Flag : uint8_t {
    kMoved = 1,       // identity, which is not what it is matched by
    kLong = 2,        // order and step, the upper halves
    kOccurrence = 4,  // not the first of its name
    kLocation = 8,    // file and line
    kValue = 16,      // of a metric
    kAnywhere = 32,
    kSeldom = kLong | kOccurrence | kLocation | kValue | kAnywhere,
    kWords = kMoved | kSeldom,
    kInputs = 64,  // has any; no word
    kInputsSound = 128,
  };
  static constexpr std::array<uint8_t, 64> kWordCounts = [] {
    std::array<uint8_t, 64> counts{};
    for (unsigned flags = 0; flags < counts.size(); ++flags) {
      counts[flags] = static_cast<uint8_t>(std::popcount(flags));
    }
    return counts;
  }();
  static size_t bytes_of(uint8_t flags, size_t outputs);
  static unsigned seldom_flags(const Sighting& sighting);
  uint64_t* pack_seldom(const Sighting& sighting, uint64_t* word);
  const uint64_t* unpack_seldom(instrument::Event& event, Sighting& sighting,
                                const uint64_t* word) const;

  uint64_t upper() const { return words()[flags_ & kMoved ? 1 : 0]; }
  uint64_t* words() { return reinterpret_cast<uint64_t*>(this + 1); }
  const uint64_t* words() const { return reinterpret_cast<const uint64_t*>(this + 1); }

  uint64_t match_;
  uint64_t inputs_hash_;
  uint32_t order_, step_;  // the lower halves
  uint32_t lane_, op_, key_, signature_, process_;
  uint16_t outputs_;
  uint8_t kind_ : 4;
  uint8_t phase_ : 4;
  uint8_t flags_;
};
static_assert(sizeof(PackedEvent) == 48 && std::is_trivially_copyable_v<PackedEvent>);

inline size_t PackedEvent::bytes_of(uint8_t flags, size_t outputs) {
  return sizeof(PackedEvent) + outputs * sizeof(kernels::Digest) +
         kWordCounts[flags & kWords] * sizeof(uint64_t);
}

inline PackedEvent::Shape PackedEvent::shape_of(const Sighting& sighting) {
  const instrument::Event& event = *sighting.event;
  const Inputs inputs = inputs_of(sighting);
  unsigned flags = sighting.moved ? kMoved : 0;
  const uint64_t seldom = (event.order | event.step) >> 32 | event.occurrence | event.file |
                          event.line | sighting.anywhere;
  if (seldom != 0 || event.kind == instrument::EventKind::kMetric) flags |= seldom_flags(sighting);
  if (inputs.any) flags |= kInputs;
  if (inputs.sound) flags |= kInputsSound;
  const auto kept = static_cast<uint8_t>(flags);
  return {inputs, kept, bytes_of(kept, event.outputs.size())};
}

}  // namespace detaudit::auditor
