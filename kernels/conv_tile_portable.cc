#include <cmath>

#include "kernels/conv_tile.h"

namespace detaudit::kernels {
namespace {

constexpr size_t kRows = 4, kColumns = 16;

void convolve(size_t steps, const float* a, const float* x, const uint32_t* offsets,
              const float* start, float* out, size_t out_stride) {
  float chain[kRows][kColumns];
  for (size_t i = 0; i < kRows; ++i) {
    for (size_t j = 0; j < kColumns; ++j) chain[i][j] = start[i];
  }
  for (size_t p = 0; p < steps; ++p) {
    for (size_t i = 0; i < kRows; ++i) {
      for (size_t j = 0; j < kColumns; ++j) {
        chain[i][j] = std::fma(a[p * kRows + i], x[offsets[p] + j], chain[i][j]);
      }
    }
  }
  for (size_t i = 0; i < kRows; ++i) {
    for (size_t j = 0; j < kColumns; ++j) out[i * out_stride + j] = chain[i][j];
  }
}

void gradient(const ConvPositions& positions, const float* x, const uint32_t* offsets,
              const float* dy, size_t stride, float* sums) {
  for (size_t row = 0; row < positions.height; ++row) {
    for (size_t column = 0; column < positions.width; ++column, dy += stride) {
      for (size_t i = 0; i < kRows; ++i) {
        float value = x[offsets[i] + row * positions.pitch + column];
        for (size_t j = 0; j < kColumns; ++j) {
          sums[i * stride + j] = std::fma(value, dy[j], sums[i * stride + j]);
        }
      }
    }
  }
}

}  // namespace

const ConvTiles kPortableConvTiles = {"portable",
                                      {kRows, kColumns, convolve},
                                      {kRows, kColumns, gradient},
                                      {kRows, kColumns, gradient}};

const ConvTiles& fastest_conv_tiles() {
  static const ConvTiles& fastest = available_conv_tiles().back();
  return fastest;
}

}  // namespace detaudit::kernels
