#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "instrument/trace/event.h"

namespace detaudit::auditor {

enum class Side : uint8_t { kFirst, kSecond };

// The output of a batch that does not depend on the order of its samples.
inline constexpr size_t kSamplesOutput = 1;

// What an event read, in short. Unsound digests are equal to nothing.
struct Inputs {
  uint64_t hash = 0;
  bool any = false;
  bool sound = true;
};

// One event of one run on its way through the alignment. Valid as long as its event is.
struct Sighting {
  const instrument::Event* event = nullptr;
  uint64_t identity = 0;  // without the lane when `moved`
  uint64_t match = 0;     // two events at hand pair when equal: the identity; with what was read
                          // and written when `moved`
  uint64_t anywhere = 0;  // the identity without the lane, where it was asked for
  uint32_t process = 0;
  bool moved = false;     // of an op that lanes share out as it comes
  bool packed = false;    // it has waited: what it read is `inputs` alone, and event->inputs empty
  bool hashed = false;    // `inputs` is known, as it is when packed
  Inputs inputs;          // inputs_of() has them in any case
};
// Bit for bit, unsound ones included.
inline bool equal(std::span<const kernels::Digest> a, std::span<const kernels::Digest> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

inline bool sound(const kernels::Digest& digest) { return digest != instrument::kUnsoundDigest; }

namespace content {

inline uint64_t mixed(uint64_t hash, uint64_t low, uint64_t high) {
  __extension__ using Wide = unsigned __int128;
  const Wide product =
      static_cast<Wide>(hash ^ low ^ 0xa0761d6478bd642fu) * (high ^ 0xe7037ed1a0b428dbu);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64) ^ (hash << 7);
}

}  // namespace content

inline Inputs inputs_of(const Sighting& sighting) {
  if (sighting.packed || sighting.hashed) return sighting.inputs;
  const std::span<const kernels::Digest> digests = sighting.event->inputs;
  Inputs inputs{content::mixed(0, 0, digests.size()), !digests.empty(), true};
  for (const kernels::Digest& digest : digests) {
    inputs.hash = content::mixed(inputs.hash, digest.low, digest.high);
    inputs.sound &= sound(digest);
  }
  return inputs;
}

// Mixes an identity with what an event read and wrote, or with some of it.
inline uint64_t content_hash(uint64_t identity, const Inputs& inputs,
                             std::span<const kernels::Digest> outputs = {}) {
  uint64_t hash = content::mixed(identity, inputs.hash, inputs.any);
  for (const kernels::Digest& digest : outputs) {
    hash = content::mixed(hash, digest.low, digest.high);
  }
  return hash;
}

inline bool same_inputs(const Inputs& a, const Inputs& b) {
  return a.hash == b.hash && a.any == b.any && a.sound && b.sound;
}

inline bool same_inputs(const Sighting& a, const Sighting& b) {
  if (a.packed || b.packed) return same_inputs(inputs_of(a), inputs_of(b));
  const std::span<const kernels::Digest> inputs = a.event->inputs;
  return equal(inputs, b.event->inputs) && std::all_of(inputs.begin(), inputs.end(), sound);
}

}  // namespace detaudit::auditor
