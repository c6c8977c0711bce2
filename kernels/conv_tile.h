#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

// The inner loops of direct convolution, one implementation an instruction set: every output is
// one k-ordered std::fma chain, so all give the same bits. For kernels/conv*.cc and tests.
namespace detaudit::kernels {

inline constexpr size_t kMaxConvRows = 8;
inline constexpr size_t kMaxConvColumns = 32;

// out[row][column] = start[row] + sum over steps of a[step][row] * x[offsets[step] + column].
struct ConvTile {
  size_t rows, columns;
  void (*run)(size_t steps, const float* a, const float* x, const uint32_t* offsets,
              const float* start, float* out, size_t out_stride);
};

// Output positions of an image: x is read at row * pitch + column, dy at
// (row * width + column) * stride.
struct ConvPositions {
  size_t height, width, pitch;
};

// sums[row][column] += over positions of x[offsets[row] + position] * dy[position][column], in
// position order.
struct ConvGradientTile {
  size_t rows, columns;
  void (*run)(const ConvPositions& positions, const float* x, const uint32_t* offsets,
              const float* dy, size_t stride, float* sums);  // sums' rows are stride apart too
};

struct ConvTiles {
  const char* name;
  ConvTile convolve;
  ConvGradientTile narrow, wide;  // wide.columns is a multiple of narrow.columns
};

// What this CPU can run, fastest last.
std::span<const ConvTiles> available_conv_tiles();
const ConvTiles& fastest_conv_tiles();

extern const ConvTiles kPortableConvTiles;

}  // namespace detaudit::kernels
