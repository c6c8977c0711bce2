#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "instrument/trace/event.h"
#include "instrument/trace/format.h"

namespace detaudit::instrument {

// Ids of one file to ids of the reader. Id 0 is known from the start.
template <typename T>
class IdMap {
 public:
  IdMap() { add(0, T{}); }
  IdMap(const IdMap&) = delete;
  IdMap& operator=(const IdMap&) = delete;
  bool has(uint32_t id) const { return id < size_; }
  const T& operator[](uint32_t id) const { return data_[id]; }
  // Ids are given out one by one; anything else was not written by us.
  bool add(uint32_t id, T value) {
    if (id != size_) return false;
    values_.push_back(value);
    data_ = values_.data();
    ++size_;
    return true;
  }

 private:
  std::vector<T> values_;
  const T* data_ = nullptr;  // of values_, at hand: each event asks five maps
  uint32_t size_ = 0;
};

// What the records of one file have defined so far.
struct FileIds {
  struct Location {
    uint32_t file = 0, line = 0;
  };
  IdMap<uint32_t> texts, lanes, signatures;
  IdMap<Location> locations;
};

inline size_t record_bytes(const Event& event) {
  return sizeof(EventBody) + event.inputs.size_bytes() + event.outputs.size_bytes() +
         (event.kind == EventKind::kMetric ? sizeof event.value : 0);
}

// All of an event but its order. False when the record is not what its type promises.
inline bool decode(const EventBody& body, const FileIds& ids, Event& event) {
  size_t inputs = body.head.inputs, outputs = body.head.outputs;
  const auto kind = static_cast<EventKind>(body.head.kind & ((1u << kPhaseShift) - 1));
  bool has_value = kind == EventKind::kMetric;
  size_t size = sizeof body + (inputs + outputs) * sizeof(kernels::Digest) + (has_value ? 8 : 0);
  if (body.head.size != size || !ids.lanes.has(body.lane) || body.lane == 0 ||
      !ids.texts.has(body.op) || !ids.texts.has(body.key) || !ids.signatures.has(body.signature) ||
      !ids.locations.has(body.location))
    return false;
  const auto* digests = reinterpret_cast<const kernels::Digest*>(&body + 1);
  const FileIds::Location& location = ids.locations[body.location];
  event.kind = kind;
  event.phase = static_cast<Phase>(body.head.kind >> kPhaseShift);
  event.lane = ids.lanes[body.lane];
  event.op = ids.texts[body.op];
  event.key = ids.texts[body.key];
  event.signature = ids.signatures[body.signature];
  event.file = location.file;
  event.line = location.line;
  event.step = body.step;
  event.occurrence = uint64_t{body.head.occurrence_high} << 32 | body.occurrence_low;
  event.value = 0;
  if (has_value) std::memcpy(&event.value, digests + inputs + outputs, 8);
  event.inputs = {digests, inputs};
  event.outputs = {digests + inputs, outputs};
  return true;
}

}  // namespace detaudit::instrument
