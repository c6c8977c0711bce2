#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/digest.h"
#include "kernels/digest_mix.h"

// The inner loop of the digest, one implementation an instruction set. For kernels/digest*.cc only;
// docs/digest.md defines what it computes.
namespace detaudit::kernels {

inline constexpr size_t kStripeBytes = 64;
inline constexpr size_t kLanes = 8;

// Keys and their strides, by lane.
inline constexpr uint64_t kFirstKey[kLanes] = {
    digest_parts::first_key(0), digest_parts::first_key(1), digest_parts::first_key(2),
    digest_parts::first_key(3), digest_parts::first_key(4), digest_parts::first_key(5),
    digest_parts::first_key(6), digest_parts::first_key(7)};
inline constexpr uint64_t kKeyStride[kLanes] = {
    digest_parts::key_stride(0), digest_parts::key_stride(1), digest_parts::key_stride(2),
    digest_parts::key_stride(3), digest_parts::key_stride(4), digest_parts::key_stride(5),
    digest_parts::key_stride(6), digest_parts::key_stride(7)};

// What is accumulated over one chunk. All start at 0 and key at kFirstKey; for each stripe s and
// lane, x being the word xor the lane's key:
//   product += lo32(x) * hi32(x);  weighted += product;  sum += x;  key += kKeyStride.
struct alignas(64) DigestLanes {
  uint64_t product[kLanes];
  uint64_t weighted[kLanes];
  uint64_t sum[kLanes];
};

// The lanes of `stripes` stripes at `data`, which may be unaligned, and then of the one at `tail`
// unless that is null.
using AccumulateStripes = void (*)(const unsigned char* data, size_t stripes,
                                   const unsigned char* tail, DigestLanes& lanes);

void accumulate_portable(const unsigned char* data, size_t stripes, const unsigned char* tail,
                         DigestLanes& lanes);

// The implementation of an instruction set in available_digest_isas().
AccumulateStripes accumulate_of(DigestIsa isa);

}  // namespace detaudit::kernels
