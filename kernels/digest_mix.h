#pragma once

#include <cstdint>

#include "kernels/target.h"

// The words of the digest's definition (docs/digest.md) that host and device compute alike.
namespace detaudit::kernels::digest_parts {

// Bijections of 64 bits: one xor-shift-multiply round, and splitmix64's finaliser.
DETAUDIT_BOTH constexpr uint64_t half_mix(uint64_t x) {
  x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93;
  return x ^ (x >> 32);
}
DETAUDIT_BOTH constexpr uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}
// Output `i` of splitmix64 started from 0: where all constants come from.
DETAUDIT_BOTH constexpr uint64_t splitmix(uint64_t i) { return mix((i + 1) * 0x9e3779b97f4a7c15); }

DETAUDIT_BOTH constexpr uint64_t first_key(uint64_t lane) { return splitmix(lane); }
DETAUDIT_BOTH constexpr uint64_t key_stride(uint64_t lane) { return splitmix(8 + lane) | 1; }
DETAUDIT_BOTH constexpr uint64_t low_salt(uint64_t lane) { return splitmix(16 + lane); }
DETAUDIT_BOTH constexpr uint64_t high_salt(uint64_t lane) { return splitmix(24 + lane); }

inline constexpr uint64_t kLowPlace = splitmix(32);
inline constexpr uint64_t kHighPlace = splitmix(33);
inline constexpr uint64_t kLowTotal = splitmix(34);
inline constexpr uint64_t kHighTotal = splitmix(35);
inline constexpr uint64_t kUnordered = splitmix(36);

struct Words {
  uint64_t low, high;
};

// One lane's share of a chunk's digest, before it is mixed with the chunk's place.
DETAUDIT_BOTH constexpr Words seal_lane(uint64_t lane_low_salt, uint64_t lane_high_salt,
                                        uint64_t product, uint64_t weighted, uint64_t sum) {
  const uint64_t a = half_mix(product ^ lane_low_salt);
  const uint64_t b = half_mix(sum + a);
  const uint64_t low = half_mix((weighted ^ lane_high_salt) + b);
  return {low, half_mix((low << 32 | low >> 32) + a)};
}

DETAUDIT_BOTH constexpr Words place_chunk(Words lanes, uint64_t index, uint64_t bytes) {
  const uint64_t place = index << 17 | bytes;
  return {mix(lanes.low ^ mix(place + kLowPlace)), mix(lanes.high ^ mix(place + kHighPlace))};
}

DETAUDIT_BOTH constexpr Words finish(Words sum, uint64_t total_bytes) {
  const uint64_t low = mix(sum.low ^ mix(total_bytes + kLowTotal));
  const uint64_t high = mix(sum.high + low + mix(total_bytes + kHighTotal));
  return {low + half_mix(high), high};
}

}  // namespace detaudit::kernels::digest_parts
