#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/math.h"
#include "kernels/philox.h"
#include "kernels/target.h"

namespace detaudit::kernels {

// An element after dropout, and its gradient before: scale is 1 / (1 - rate).
DETAUDIT_BOTH float dropped(bool kept, float scale, float x) {
  return kept ? canonical(x * scale) : 0.0f;
}

// mask[i] for i in [begin, end): 1 with probability 1 - rate, from word i of the stream, whoever
// asks for it and whatever the range.
inline void draw_mask(const Philox& state, float rate, size_t begin, size_t end, uint8_t* mask) {
  for (size_t i = begin; i < end;) {
    const std::array<uint32_t, 4> words = philox_block(state, i / 4);
    do {
      mask[i] = unit_float(words[i % 4]) >= rate;
    } while (++i < end && i % 4);
  }
}

}  // namespace detaudit::kernels
