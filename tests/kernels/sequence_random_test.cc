#include <algorithm>
#include <numeric>

#include "kernels/dropout.h"
#include "kernels/philox.h"
#include "tests/kernels/sequence_harness.h"

namespace detaudit::kernels {
namespace {

using Words = std::array<uint32_t, 4>;

// The known answers of Random123 (kat_vectors, philox4x32 10).
TEST(Philox, GivesTheKnownAnswers) {
  EXPECT_EQ(philox_block(Philox{}, 0), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox_block({{~0u, ~0u}, {~0u, ~0u, ~0u, ~0u}}, 0),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(
      philox_block({{0xa4093822, 0x299f31d0}, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, 0),
      (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, AdvancingIsIndexingAndCarries) {
  Philox state{{1, 2}, {0xfffffffe, 0xffffffff, 7, 0}};
  Words third = philox_block(state, 3);
  philox_advance(state, 3);
  EXPECT_EQ(state.counter, (std::array<uint32_t, 4>{1, 0, 8, 0}));
  EXPECT_EQ(philox_block(state, 0), third);
}

TEST(Philox, StreamsAndSeedsDiffer) {
  Words a = philox_block(philox_stream(1, 0), 0);
  EXPECT_NE(a, philox_block(philox_stream(1, 1), 0));
  EXPECT_NE(a, philox_block(philox_stream(2, 0), 0));
  EXPECT_EQ(a, philox_block(philox_stream(1, 0), 0));
}

TEST(Philox, EngineGivesTheWordsOfSuccessiveBlocks) {
  Philox state = philox_stream(3, 4), copy = state;
  PhiloxEngine engine(state);
  for (uint64_t block = 0; block < 3; ++block)
    for (uint32_t word : philox_block(copy, block)) EXPECT_EQ(engine(), word);
  philox_advance(copy, 3);
  EXPECT_EQ(state.counter, copy.counter);
}

TEST(Philox, FillsDependOnNoThreadCount) {
  for (size_t n : {1, 7, 50001}) {
    expect_same_bits_on_any_threads(n, [&](Pool& pool, Floats& out) {
      Philox state = philox_stream(5, 6);
      fill_normal(pool, state, 1, 2, n, out.data());
    });
    expect_same_bits_on_any_threads(n, [&](Pool& pool, Floats& out) {
      Philox state = philox_stream(5, 6);
      fill_uniform(pool, state, -1, 1, n, out.data());
    });
  }
}

// Seeded, so the figures are fixed; the limits are five standard deviations of a fair draw.
TEST(Philox, UniformsAndNormalsHaveTheirMoments) {
  constexpr size_t kCount = 200000;
  Pool pool(2);
  Philox state = philox_stream(7, 0);
  Floats x(kCount);
  fill_uniform(pool, state, 2, 4, kCount, x.data());
  EXPECT_GE(*std::min_element(x.begin(), x.end()), 2);
  EXPECT_LE(*std::max_element(x.begin(), x.end()), 4);
  EXPECT_NEAR(std::accumulate(x.begin(), x.end(), 0.0) / kCount, 3, 5 * 0.577 / std::sqrt(kCount));

  fill_normal(pool, state, 1, 2, kCount, x.data());
  double mean = 0, variance = 0, beyond = 0, product = 0;
  for (float v : x) mean += v / kCount;
  for (float v : x) variance += (v - mean) * (v - mean) / kCount;
  for (float v : x) beyond += std::abs(v - 1) > 2 * 1.959964 ? 1.0 / kCount : 0;
  for (size_t i = 0; i < kCount; i += 2) product += (x[i] - 1) * (x[i + 1] - 1) / 4;
  EXPECT_NEAR(mean, 1, 5 * 2 / std::sqrt(kCount));
  EXPECT_NEAR(variance, 4, 5 * 4 * std::sqrt(2.0 / kCount));
  EXPECT_NEAR(beyond, 0.05, 5 * std::sqrt(0.05 * 0.95 / kCount));
  EXPECT_NEAR(product / (kCount / 2), 0, 5 / std::sqrt(kCount / 2));
}

TEST(Dropout, KeepsScalesAndRemembers) {
  constexpr size_t kCount = 40001;
  Floats x(kCount, 3), y(kCount), dy = normals(kCount, 1), dx(kCount);
  std::vector<uint8_t> mask(kCount);
  Pool pool(2);
  Philox state = philox_stream(8, 0), before = state;
  dropout_forward(pool, state, 0.25f, kCount, x.data(), y.data(), mask.data());
  dropout_backward(pool, 0.25f, kCount, mask.data(), dy.data(), dx.data());
  size_t kept = 0;
  for (size_t i = 0; i < kCount; ++i) {
    ASSERT_EQ(mask[i], unit_float(philox_block(before, i / 4)[i % 4]) >= 0.25f);
    ASSERT_EQ(y[i], mask[i] ? 4.0f : 0.0f);
    ASSERT_FLOAT_EQ(dx[i], mask[i] ? dy[i] / 0.75f : 0.0f);
    kept += mask[i];
  }
  EXPECT_NEAR(static_cast<double>(kept) / kCount, 0.75, 5 * std::sqrt(0.75 * 0.25 / kCount));
  philox_advance(before, (kCount + 3) / 4);
  EXPECT_EQ(state.counter, before.counter);
}

TEST(Dropout, MaskDependsOnNoThreadCount) {
  Floats x = normals(30003, 1);
  std::vector<uint8_t> mask(x.size());
  expect_same_bits_on_any_threads(x.size(), [&](Pool& pool, Floats& out) {
    Philox state = philox_stream(9, 0);
    dropout_forward(pool, state, 0.5f, x.size(), x.data(), out.data(), mask.data());
  });
}

}  // namespace
}  // namespace detaudit::kernels
