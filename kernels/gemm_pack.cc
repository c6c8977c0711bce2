#include "kernels/gemm_pack.h"

#include <algorithm>
#include <cstring>

namespace detaudit::kernels {
namespace {

// Eight floats; GCC's vectors, lowered to what the architecture has.
using Eight = float __attribute__((vector_size(32)));
constexpr size_t kEight = 8;

Eight load(const float* from) {
  Eight value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

void store_first(size_t count, const Eight& value, float* to) {
  if (count == kEight) {
    std::memcpy(to, &value, sizeof value);
  } else {
    for (size_t i = 0; i < count; ++i) to[i] = value[i];
  }
}

// Eight rows become eight columns: pairs, then quads, then halves change places.
inline void transpose(Eight (&rows)[kEight]) {
  Eight pairs[kEight], quads[kEight];
  for (size_t i = 0; i < kEight; i += 2) {
    pairs[i] = __builtin_shufflevector(rows[i], rows[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    pairs[i + 1] = __builtin_shufflevector(rows[i], rows[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (size_t i : {0u, 1u, 4u, 5u}) {
    quads[i] = __builtin_shufflevector(pairs[i], pairs[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
    quads[i + 2] = __builtin_shufflevector(pairs[i], pairs[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
  }
  for (size_t i = 0; i < kEight / 2; ++i) {
    rows[i] = __builtin_shufflevector(quads[i], quads[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    rows[i + 4] = __builtin_shufflevector(quads[i], quads[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

// At most eight lines, `stride` apart, to `count` neighbouring places of each step.
void pack_eight_lines(const float* first, size_t stride, size_t lines, size_t depth, size_t width,
                      size_t count, float* packed) {
  size_t p = 0;
  for (; p + kEight <= depth; p += kEight) {
    Eight rows[kEight];
    for (size_t l = 0; l < kEight; ++l)
      rows[l] = l < lines ? load(first + l * stride + p) : Eight{};
    transpose(rows);
    for (size_t q = 0; q < kEight; ++q) store_first(count, rows[q], packed + (p + q) * width);
  }
  for (; p < depth; ++p) {
    for (size_t l = 0; l < count; ++l) {
      packed[p * width + l] = l < lines ? first[l * stride + p] : 0.0f;
    }
  }
}

void pack_lines(const float* first, size_t stride, size_t lines, size_t depth, size_t width,
                float* packed) {
  for (size_t l = 0; l < width; l += kEight) {
    const size_t here = l < lines ? std::min(kEight, lines - l) : 0;
    pack_eight_lines(first + l * stride, stride, here, depth, width, std::min(kEight, width - l),
                     packed + l);
  }
}

void pack_steps(const float* first, size_t stride, size_t lines, size_t depth, size_t width,
                float* packed) {
  for (size_t p = 0; p < depth; ++p, packed += width) {
    std::copy_n(first + p * stride, lines, packed);
    std::fill(packed + lines, packed + width, 0.0f);
  }
}

}  // namespace

void pack_panel(const Operand& operand, size_t line, size_t lines, size_t step, size_t depth,
                size_t width, float* packed) {
  if (operand.storage == Storage::kLines) {
    pack_lines(operand.data + line * operand.stride + step, operand.stride, lines, depth, width,
               packed);
  } else {
    pack_steps(operand.data + step * operand.stride + line, operand.stride, lines, depth, width,
               packed);
  }
}

}  // namespace detaudit::kernels
