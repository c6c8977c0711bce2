#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "instrument/trace/event.h"
#include "instrument/trace/format.h"

namespace detaudit::instrument {

// Ids of one file to ids of the reader. Id 0 is known from the start.
template <typename T>
class IdMap {
 public:
  IdMap() : values_(1) {}
  bool has(uint32_t id) const { return id < values_.size(); }
  const T& operator[](uint32_t id) const { return values_[id]; }
  // Ids are given out one by one; anything else was not written by us.
  bool add(uint32_t id, T value) {
    if (id != values_.size()) return false;
    values_.push_back(value);
    return true;
  }

 private:
  std::vector<T> values_;
};

// What the records of one file have defined so far.
struct FileIds {
  struct Location {
    uint32_t file = 0, line = 0;
  };
  IdMap<uint32_t> texts, lanes, signatures;
  IdMap<Location> locations;
};

// All of an event but its order. False when the record is not what its type promises.
bool decode(const EventBody& body, const FileIds& ids, Event& event);

}  // namespace detaudit::instrument
