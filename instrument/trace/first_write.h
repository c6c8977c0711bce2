#pragma once

#include <algorithm>
#include <cstdint>

namespace detaudit::instrument {

// Which bytes of an output a call put out when it first wrote there: the `count` of a kFirstWrite.
struct FirstWrite {
  uint64_t offset = 0;
  uint64_t bytes = 0;  // 0: not known
};

inline uint64_t pack(FirstWrite write) {
  constexpr uint64_t kOffsets = uint64_t{1} << 40, kMostBytes = (uint64_t{1} << 24) - 1;
  return write.offset < kOffsets ? write.offset << 24 | std::min(write.bytes, kMostBytes) : 0;
}
inline FirstWrite unpack_first_write(uint64_t count) { return {count >> 24, count & 0xffffff}; }

}  // namespace detaudit::instrument
