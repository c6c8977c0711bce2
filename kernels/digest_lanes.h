#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/digest.h"

// The inner loop of the digest, one implementation an instruction set. For kernels/digest*.cc only;
// docs/digest.md defines what it computes.
namespace detaudit::kernels {

inline constexpr size_t kStripeBytes = 64;
inline constexpr size_t kLanes = 8;

// Outputs of splitmix64 from 0, in order; the strides are made odd.
inline constexpr uint64_t kFirstKey[kLanes] = {
    0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f, 0xf88bb8a8724c81ec,
    0x1b39896a51a8749b, 0x53cb9f0c747ea2ea, 0x2c829abe1f4532e1, 0xc584133ac916ab3c};
inline constexpr uint64_t kKeyStride[kLanes] = {
    0x3ee5789041c98ac3, 0xf3b8488c368cb0a7, 0x657eecdd3cb13d09, 0xc2d326e0055bdef7,
    0x8621a03fe0bbdb7b, 0x8e1f7555983aa92f, 0xb54e0f1600cc4d19, 0x84bb3f97971d80ab};

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
