#pragma once

#include <array>
#include <cstdint>

#include "kernels/math.h"
#include "kernels/philox.h"
#include "kernels/target.h"

// The generator's words, and normals made of them, as host and device compute them.
namespace detaudit::kernels {

// The counter moved past `blocks` blocks.
DETAUDIT_BOTH std::array<uint32_t, 4> philox_counter(std::array<uint32_t, 4> counter,
                                                     uint64_t blocks) {
  uint64_t low = counter[0] | static_cast<uint64_t>(counter[1]) << 32;
  uint64_t high = counter[2] | static_cast<uint64_t>(counter[3]) << 32;
  high += low + blocks < low;
  low += blocks;
  return {static_cast<uint32_t>(low), static_cast<uint32_t>(low >> 32), static_cast<uint32_t>(high),
          static_cast<uint32_t>(high >> 32)};
}

// The four words of block `index` after the counter.
DETAUDIT_BOTH std::array<uint32_t, 4> philox_words(const Philox& state, uint64_t index) {
  constexpr uint32_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
  constexpr uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
  constexpr unsigned kRounds = 10;
  std::array<uint32_t, 2> key = state.key;
  std::array<uint32_t, 4> counter = philox_counter(state.counter, index);
  for (unsigned round = 0; round < kRounds; ++round) {
    uint64_t product0 = static_cast<uint64_t>(kMultiplier0) * counter[0];
    uint64_t product1 = static_cast<uint64_t>(kMultiplier1) * counter[2];
    counter = {static_cast<uint32_t>(product1 >> 32) ^ counter[1] ^ key[0],
               static_cast<uint32_t>(product1),
               static_cast<uint32_t>(product0 >> 32) ^ counter[3] ^ key[1],
               static_cast<uint32_t>(product0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return counter;
}

struct CosineSine {
  float cosine, sine;
};

// Of 2 pi u, u in [0, 1): no libm, whose bits differ by platform. An octant's angle is at most
// pi/4, where the Taylor series to degree 9 err by less than 1e-7.
DETAUDIT_BOTH CosineSine cosine_sine(float u) {
  int quarter = static_cast<int>(u * 4 + 0.5f);  // nearest multiple of a quarter turn
  float angle = 6.28318531f * (u - static_cast<float>(quarter) * 0.25f);
  float square = angle * angle;
  float sine = fma(square, 2.7557319e-6f, -1.9841270e-4f);
  sine = fma(square, fma(square, sine, 8.3333333e-3f), -0.16666667f);
  sine = fma(angle * square, sine, angle);
  float cosine = fma(square, 2.4801587e-5f, -1.3888889e-3f);
  cosine = fma(square, fma(square, cosine, 4.1666667e-2f), -0.5f);
  cosine = fma(square, cosine, 1.0f);
  switch (quarter & 3) {
    case 1:
      return {-sine, cosine};
    case 2:
      return {-cosine, -sine};
    case 3:
      return {sine, -cosine};
    default:
      return {cosine, sine};
  }
}

// Four normals of a block's words.
DETAUDIT_BOTH std::array<float, 4> normals_of(const std::array<uint32_t, 4>& words, float mean,
                                              float deviation) {
  std::array<float, 4> values;
  for (size_t i = 0; i < 4; i += 2) {
    // 1 - u is in (0, 1]: the logarithm is finite.
    float radius = deviation * rounded_sqrt(-2 * log(1 - unit_float(words[i])));
    CosineSine turn = cosine_sine(unit_float(words[i + 1]));
    values[i] = fma(radius, turn.cosine, mean);
    values[i + 1] = fma(radius, turn.sine, mean);
  }
  return values;
}

}  // namespace detaudit::kernels
