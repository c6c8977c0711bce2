#include "kernels/philox.h"

#include <algorithm>
#include <cmath>

#include "kernels/grid.h"
#include "kernels/math.h"

namespace detaudit::kernels {
namespace {

constexpr uint32_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
constexpr uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
constexpr unsigned kRounds = 10;

std::array<uint32_t, 4> add_blocks(std::array<uint32_t, 4> counter, uint64_t blocks) {
  uint64_t low = counter[0] | static_cast<uint64_t>(counter[1]) << 32;
  uint64_t high = counter[2] | static_cast<uint64_t>(counter[3]) << 32;
  high += low + blocks < low;
  low += blocks;
  return {static_cast<uint32_t>(low), static_cast<uint32_t>(low >> 32), static_cast<uint32_t>(high),
          static_cast<uint32_t>(high >> 32)};
}

std::array<uint32_t, 4> encrypt(std::array<uint32_t, 2> key, std::array<uint32_t, 4> counter) {
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
CosineSine cosine_sine(float u) {
  int quarter = static_cast<int>(u * 4 + 0.5f);  // nearest multiple of a quarter turn
  float angle = 6.28318531f * (u - static_cast<float>(quarter) * 0.25f);
  float square = angle * angle;
  float sine = std::fma(square, 2.7557319e-6f, -1.9841270e-4f);
  sine = std::fma(square, std::fma(square, sine, 8.3333333e-3f), -0.16666667f);
  sine = std::fma(angle * square, sine, angle);
  float cosine = std::fma(square, 2.4801587e-5f, -1.3888889e-3f);
  cosine = std::fma(square, std::fma(square, cosine, 4.1666667e-2f), -0.5f);
  cosine = std::fma(square, cosine, 1.0f);
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

// transform(words) -> four floats, for every block that x needs.
template <typename Transform>
void fill(Pool& pool, Philox& state, size_t n, float* x, Transform transform) {
  launch_elementwise(pool, n, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; i += 4) {
      std::array<float, 4> values = transform(philox_block(state, i / 4));
      std::copy_n(values.data(), std::min<size_t>(4, end - i), x + i);
    }
  });
  philox_advance(state, block_count(n, 4));
}

}  // namespace

Philox philox_stream(uint64_t seed, uint64_t stream) {
  return {{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)},
          {0, 0, static_cast<uint32_t>(stream), static_cast<uint32_t>(stream >> 32)}};
}

std::array<uint32_t, 4> philox_block(const Philox& state, uint64_t index) {
  return encrypt(state.key, add_blocks(state.counter, index));
}

void philox_advance(Philox& state, uint64_t blocks) {
  state.counter = add_blocks(state.counter, blocks);
}

void fill_uniform(Pool& pool, Philox& state, float low, float high, size_t n, float* x) {
  fill(pool, state, n, x, [=](std::array<uint32_t, 4> words) {
    std::array<float, 4> values;
    for (size_t i = 0; i < 4; ++i) values[i] = std::fma(unit_float(words[i]), high - low, low);
    return values;
  });
}

void fill_normal(Pool& pool, Philox& state, float mean, float deviation, size_t n, float* x) {
  fill(pool, state, n, x, [=](std::array<uint32_t, 4> words) {
    std::array<float, 4> values;
    for (size_t i = 0; i < 4; i += 2) {
      // 1 - u is in (0, 1]: the logarithm is finite.
      float radius = deviation * std::sqrt(-2 * log(1 - unit_float(words[i])));
      CosineSine turn = cosine_sine(unit_float(words[i + 1]));
      values[i] = std::fma(radius, turn.cosine, mean);
      values[i + 1] = std::fma(radius, turn.sine, mean);
    }
    return values;
  });
}

uint32_t PhiloxEngine::operator()() {
  if (used_ == words_.size()) {
    words_ = philox_block(state_, 0);
    philox_advance(state_, 1);
    used_ = 0;
  }
  return words_[used_++];
}

}  // namespace detaudit::kernels
