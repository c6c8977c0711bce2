#include <gtest/gtest.h>

#include <cmath>

#include "kernels/conv_tile.h"
#include "kernels/pair_trial.h"

namespace detaudit::kernels {
namespace {

class ImageConvTiles : public testing::TestWithParam<size_t> {
 protected:
  const ConvTiles& tiles() const { return available_conv_tiles()[GetParam()]; }
};

TEST_P(ImageConvTiles, ConvolvesByOneChainAnOutput) {
  const ConvTile& tile = tiles().convolve;
  constexpr size_t kSteps = 37, kStride = 50;
  auto a = trial_values(kSteps * tile.rows, 1), x = trial_values(400, 2);
  auto start = trial_values(tile.rows, 3);
  std::vector<uint32_t> offsets(kSteps);
  for (size_t p = 0; p < kSteps; ++p) offsets[p] = static_cast<uint32_t>(p * 29 % 300);
  std::vector<float> out(tile.rows * kStride, -7);
  tile.run(kSteps, a.data(), x.data(), offsets.data(), start.data(), out.data(), kStride);
  for (size_t i = 0; i < tile.rows; ++i) {
    for (size_t j = 0; j < kStride; ++j) {
      float chain = start[i];
      for (size_t p = 0; p < kSteps; ++p) {
        chain = std::fma(a[p * tile.rows + i], j < tile.columns ? x[offsets[p] + j] : 0, chain);
      }
      ASSERT_EQ(out[i * kStride + j], j < tile.columns ? chain : -7) << i << ", " << j;
    }
  }
}

TEST_P(ImageConvTiles, SumsGradientsByOneChainAWeight) {
  const ConvPositions positions{.height = 5, .width = 7, .pitch = 11};
  constexpr size_t kStride = 48;
  for (const ConvGradientTile& tile : {tiles().narrow, tiles().wide}) {
    auto x = trial_values(200, 1), dy = trial_values(35 * kStride, 2);
    auto before = trial_values(tile.rows * kStride, 3), sums = before;
    std::vector<uint32_t> offsets(tile.rows);
    for (size_t i = 0; i < tile.rows; ++i) offsets[i] = static_cast<uint32_t>(i * 13);
    tile.run(positions, x.data(), offsets.data(), dy.data(), kStride, sums.data());
    for (size_t i = 0; i < tile.rows; ++i) {
      for (size_t j = 0; j < kStride; ++j) {
        float chain = before[i * kStride + j];
        for (size_t n = 0; j < tile.columns && n < 35; ++n) {
          float value = x[offsets[i] + n / 7 * positions.pitch + n % 7];
          chain = std::fma(value, dy[n * kStride + j], chain);
        }
        ASSERT_EQ(sums[i * kStride + j], chain) << i << ", " << j;
      }
    }
  }
}

TEST_P(ImageConvTiles, FitTheBuffersMadeForThem) {
  EXPECT_EQ(kMaxConvRows % tiles().convolve.rows, 0u);
  EXPECT_EQ(kMaxConvRows % tiles().wide.rows, 0u);
  EXPECT_EQ(tiles().narrow.rows, tiles().wide.rows);
  EXPECT_LE(tiles().convolve.columns, kMaxConvColumns);
  EXPECT_EQ(tiles().narrow.columns, 16u);
}

INSTANTIATE_TEST_SUITE_P(Isas, ImageConvTiles,
                         testing::Range<size_t>(0, available_conv_tiles().size()),
                         [](const auto& index) {
                           return std::string(available_conv_tiles()[index.param].name);
                         });

}  // namespace
}  // namespace detaudit::kernels
