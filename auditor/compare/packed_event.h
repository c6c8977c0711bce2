#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "auditor/compare/trace_stream.h"

namespace detaudit::auditor {

// An event that waits for its twin, in few bytes: what it read as one hash, the rest as it was. Its
// output digests and what is seldom there lie right behind it: 72 bytes for one output.
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

  uint64_t identity() const { return identity_; }
  uint64_t match() const { return flags_ & kMoved ? words()[0] : identity_; }
  uint64_t order() const;
  uint64_t step() const;
  uint64_t occurrence() const;
  uint32_t lane() const { return lane_; }
  bool moved() const { return (flags_ & kMoved) != 0; }
  size_t size_bytes() const;

 private:
  // Each adds a word behind the event, in this order.
  enum Flag : uint8_t {
    kMoved = 1,       // match
    kLong = 2,        // order and step, the upper halves
    kOccurrence = 4,  // not the first of its name
    kValue = 8,       // of a metric
    kAnywhere = 16,
    kWords = 31,
    kInputs = 32,  // has any; no word
    kInputsSound = 64,
  };
  static size_t bytes_of(uint8_t flags, size_t outputs);

  uint64_t* words() { return reinterpret_cast<uint64_t*>(this + 1); }
  const uint64_t* words() const { return reinterpret_cast<const uint64_t*>(this + 1); }

  uint64_t identity_;
  uint64_t inputs_hash_;
  uint32_t order_, step_;  // the lower halves
  uint32_t lane_, op_, key_, signature_, file_, line_;
  uint32_t process_;
  uint16_t outputs_;
  uint8_t kind_ : 4;
  uint8_t phase_ : 4;
  uint8_t flags_;
};
static_assert(sizeof(PackedEvent) == 56 && std::is_trivially_copyable_v<PackedEvent>);

}  // namespace detaudit::auditor
