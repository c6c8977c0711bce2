#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernels/pool.h"
#include "kernels/target.h"

namespace detaudit::kernels {

// Philox4x32-10 (Salmon et al. 2011): a counter-based generator. Block i of a stream is a function
// of key and counter + i alone, so any thread may compute any block. Plain bytes: they are the
// whole state, to be handed to a probe or copied.
struct Philox {
  std::array<uint32_t, 2> key{};
  std::array<uint32_t, 4> counter{};  // the next unused block
};
static_assert(sizeof(Philox) == 24);

// The stream `stream` of a seed: key = seed, the counter's high half = stream.
Philox philox_stream(uint64_t seed, uint64_t stream);

// The four words of block `index` after the counter; the state is not moved.
std::array<uint32_t, 4> philox_block(const Philox& state, uint64_t index);
// Moves the counter past `blocks` blocks.
void philox_advance(Philox& state, uint64_t blocks);

// A word's upper 24 bits as a float in [0, 1).
DETAUDIT_BOTH float unit_float(uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24f; }

// n uniforms in [low, high); moves the state past ceil(n / 4) blocks.
void fill_uniform(Pool& pool, Philox& state, float low, float high, size_t n, float* x);
// n normals (Box-Muller on kernels/math.h), moved likewise.
void fill_normal(Pool& pool, Philox& state, float mean, float deviation, size_t n, float* x);

// A sequential view for <random> and std::shuffle: words of successive blocks.
class PhiloxEngine {
 public:
  using result_type = uint32_t;
  explicit PhiloxEngine(Philox& state) : state_(state) {}
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return UINT32_MAX; }
  result_type operator()();

 private:
  Philox& state_;  // moved past a block when its first word is taken
  std::array<uint32_t, 4> words_{};
  unsigned used_ = 4;
};

}  // namespace detaudit::kernels
