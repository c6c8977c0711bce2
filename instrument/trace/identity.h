#pragma once

#include <cstdint>

#include "instrument/trace/event.h"

// How identities are mixed, inline for those who ask for millions of them.
namespace detaudit::instrument::identity {

inline constexpr uint64_t kFirst = 0xa0761d6478bd642fu;
inline constexpr uint64_t kSecond = 0xe7037ed1a0b428dbu;
inline constexpr uint64_t kThird = 0x8ebc6af09c88c6e3u;

inline uint64_t fold(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

inline uint64_t avalanche(uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdu;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53u;
  return x ^ (x >> 33);
}

// As identity_hash and identity_without_lane.
inline uint64_t in_lane(uint64_t lane_hash, EventKind kind, uint64_t op_hash, uint64_t key_hash,
                        uint64_t step, uint64_t occurrence) {
  const uint64_t names =
      fold(lane_hash ^ kFirst, op_hash ^ kSecond) + fold(op_hash ^ kThird, key_hash ^ kFirst);
  const uint64_t place =
      fold(step ^ kSecond, (occurrence << 3 | static_cast<uint64_t>(kind)) ^ kThird);
  return avalanche(names + (place ^ (key_hash * kThird)));
}

inline uint64_t without_lane(uint64_t process_hash, EventKind kind, uint64_t op_hash,
                             uint64_t key_hash, uint64_t step, uint64_t occurrence) {
  return in_lane(~process_hash, kind, op_hash, key_hash, step, occurrence >> 32);
}

// The name of the process that a lane is in: "p0.1" of "p0.1/2" and of "p0.1:gpu0.s1".
inline std::string_view process_of(std::string_view lane_name) {
  return lane_name.substr(0, lane_name.find_first_of("/:"));
}

}  // namespace detaudit::instrument::identity
