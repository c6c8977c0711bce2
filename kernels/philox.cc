#include "kernels/philox.h"

#include <algorithm>
#include <cmath>

#include "kernels/grid.h"
#include "kernels/philox_words.h"

namespace detaudit::kernels {
namespace {

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
  return philox_words(state, index);
}

void philox_advance(Philox& state, uint64_t blocks) {
  state.counter = philox_counter(state.counter, blocks);
}

void fill_uniform(Pool& pool, Philox& state, float low, float high, size_t n, float* x) {
  fill(pool, state, n, x, [=](std::array<uint32_t, 4> words) {
    std::array<float, 4> values;
    for (size_t i = 0; i < 4; ++i) values[i] = std::fma(unit_float(words[i]), high - low, low);
    return values;
  });
}

void fill_normal(Pool& pool, Philox& state, float mean, float deviation, size_t n, float* x) {
  fill(pool, state, n, x,
       [=](std::array<uint32_t, 4> words) { return normals_of(words, mean, deviation); });
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
