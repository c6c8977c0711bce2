#include "kernels/math.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

namespace detaudit::kernels {
namespace {

constexpr float kTiny = std::numeric_limits<float>::denorm_min();
constexpr float kMax = std::numeric_limits<float>::max();

uint32_t bits(float x) { return std::bit_cast<uint32_t>(x); }

// The distance between two floats next to `exact`.
double ulp(double exact) {
  int exponent;
  std::frexp(exact, &exponent);
  return std::ldexp(1.0, std::max(exponent - 24, -149));
}

// The largest error in ulps over floats `stride` apart, of both signs when asked.
enum class Sign { kPositive, kBoth };
template <class Function, class Exact>
double worst_ulps(float from, float to, Sign sign, Function function, Exact exact) {
  constexpr uint32_t kStride = 4099;  // a prime: low bits vary; some 500 000 floats a sign
  double worst = 0;
  for (uint32_t x_bits = bits(from); x_bits < bits(to); x_bits += kStride) {
    for (uint32_t sign_bit : {0u, 0x80000000u}) {
      if (sign == Sign::kPositive && sign_bit) continue;
      const float x = std::bit_cast<float>(x_bits | sign_bit);
      const double y = exact(static_cast<double>(x));
      if (std::abs(y) > static_cast<double>(kMax)) {  // past rounding to kMax: infinity
        const bool far = std::abs(y) > 1.0000001 * static_cast<double>(kMax);
        EXPECT_TRUE(!far || absolute(function(x)) == kInf) << x;
        continue;
      }
      worst = std::max(worst, std::abs(static_cast<double>(function(x)) - y) / ulp(y));
    }
  }
  return worst;
}

// Bounds: the polynomial's error and the roundings on the way, against libm in float64.
TEST(Math, ErrorsAreWithinTheStatedUlps) {
  EXPECT_LE(worst_ulps(
                kTiny, kInf, Sign::kBoth, [](float x) { return exp(x); },
                [](double x) { return std::exp(x); }),
            1.1);
  EXPECT_LE(worst_ulps(
                kTiny, kInf, Sign::kPositive, [](float x) { return log(x); },
                [](double x) { return std::log(x); }),
            0.9);
  EXPECT_LE(worst_ulps(
                kTiny, kInf, Sign::kBoth, [](float x) { return tanh(x); },
                [](double x) { return std::tanh(x); }),
            1.3);
  EXPECT_LE(worst_ulps(
                kTiny, kInf, Sign::kBoth, [](float x) { return erf(x); },
                [](double x) { return std::erf(x); }),
            1.1);
  EXPECT_LE(worst_ulps(
                kTiny, kInf, Sign::kPositive, [](float x) { return rsqrt(x); },
                [](double x) { return 1 / std::sqrt(x); }),
            1.5);
  EXPECT_LE(worst_ulps(
                kTiny, kInf, Sign::kPositive, [](float x) { return sqrt(x); },
                [](double x) { return std::sqrt(x); }),
            0.5);
}

TEST(Math, GeluIsWithinItsAbsoluteError) {
  for (float x = -12; x < 12; x += 0.00037f) {
    const double wide = x;
    const double cdf = 0.5 * std::erfc(-wide / std::sqrt(2.0));
    const double density = std::exp(-0.5 * wide * wide) / std::sqrt(2 * std::acos(-1.0));
    const double scale = std::max(1.0, std::abs(wide));
    EXPECT_NEAR(normal_cdf(x), cdf, 1.2e-7);
    EXPECT_NEAR(gelu(x), wide * cdf, 2e-7 * scale);
    EXPECT_NEAR(gelu_derivative(x), cdf + wide * density, 4e-7);
  }
}

TEST(Math, NanGivesTheOneNan) {
  for (uint32_t nan : {0x7fc00000u, 0xffc00000u, 0x7f800001u, 0xffffffffu}) {
    const float x = std::bit_cast<float>(nan);
    for (float y : {exp(x), log(x), tanh(x), erf(x), sqrt(x), rsqrt(x)}) {
      EXPECT_EQ(bits(y), 0x7fc00000u);
    }
  }
  for (float x : {-kTiny, -1.0f, -kInf}) {
    for (float y : {log(x), sqrt(x), rsqrt(x)}) EXPECT_EQ(bits(y), 0x7fc00000u);
  }
}

TEST(Math, EndsOfTheRange) {
  EXPECT_EQ(exp(kInf), kInf);
  EXPECT_EQ(bits(exp(-kInf)), 0u);
  EXPECT_EQ(exp(88.72284f), kInf);
  EXPECT_LT(exp(88.72283f), kInf);
  EXPECT_EQ(exp(-103.97f), kTiny);
  EXPECT_EQ(exp(-104.0f), 0.0f);
  EXPECT_EQ(log(kInf), kInf);
  EXPECT_EQ(log(0.0f), -kInf);
  EXPECT_EQ(log(-0.0f), -kInf);
  EXPECT_EQ(bits(log(1.0f)), 0u);
  EXPECT_EQ(tanh(kInf), 1.0f);
  EXPECT_EQ(tanh(-kMax), -1.0f);
  EXPECT_EQ(erf(-kInf), -1.0f);
  EXPECT_EQ(rsqrt(kInf), 0.0f);
  EXPECT_EQ(rsqrt(0.0f), kInf);
  EXPECT_EQ(rsqrt(-0.0f), -kInf);
}

TEST(Math, ZerosKeepTheirSignAndDenormalsCount) {
  for (float zero : {0.0f, -0.0f}) {
    EXPECT_EQ(bits(tanh(zero)), bits(zero));
    EXPECT_EQ(bits(erf(zero)), bits(zero));
    EXPECT_EQ(bits(sqrt(zero)), bits(zero));
    EXPECT_EQ(exp(zero), 1.0f);
  }
  EXPECT_EQ(tanh(kTiny), kTiny);
  EXPECT_EQ(tanh(-kTiny), -kTiny);
  EXPECT_NEAR(log(kTiny), std::log(1.401298464324817e-45), 1e-5);
}

template <class Function>
[[gnu::noinline, gnu::optimize("no-tree-vectorize")]] void one_at_a_time(
    const std::vector<float>& x, std::vector<float>& y, Function function) {
  for (size_t i = 0; i < x.size(); ++i) {
    volatile float in = x[i];
    y[i] = function(in);
  }
}

template <class Function>
void expect_vectorised_bits_equal(Function function) {
  std::vector<float> x, vectorised, scalar;
  for (uint64_t pattern = 0; pattern < (1ull << 32); pattern += 65521) {
    x.push_back(std::bit_cast<float>(static_cast<uint32_t>(pattern)));
  }
  vectorised.resize(x.size());
  scalar.resize(x.size());
  const float* __restrict from = x.data();
  float* __restrict to = vectorised.data();
  for (size_t i = 0; i < x.size(); ++i) to[i] = function(from[i]);
  one_at_a_time(x, scalar, function);
  for (size_t i = 0; i < x.size(); ++i) EXPECT_EQ(bits(vectorised[i]), bits(scalar[i])) << x[i];
}

TEST(Math, AVectorisedLoopGivesTheBitsOfSingleCalls) {
  expect_vectorised_bits_equal([](float x) { return exp(x); });
  expect_vectorised_bits_equal([](float x) { return log(x); });
  expect_vectorised_bits_equal([](float x) { return tanh(x); });
  expect_vectorised_bits_equal([](float x) { return erf(x); });
  expect_vectorised_bits_equal([](float x) { return rsqrt(x); });
}

// Bits that every platform must reproduce.
TEST(Math, KnownAnswers) {
  EXPECT_EQ(bits(exp(1.0f)), 0x402df854u);
  EXPECT_EQ(bits(exp(-10.3f)), 0x380d1141u);
  EXPECT_EQ(bits(log(10.0f)), 0x40135d8eu);
  EXPECT_EQ(bits(tanh(0.5f)), 0x3eec9a9fu);
  EXPECT_EQ(bits(tanh(1.5f)), 0x3f67b7ccu);
  EXPECT_EQ(bits(erf(0.3f)), 0x3ea841c5u);
  EXPECT_EQ(bits(erf(1.7f)), 0x3f7bd9b1u);
  EXPECT_EQ(bits(rsqrt(3.0f)), 0x3f13cd3au);
}

}  // namespace
}  // namespace detaudit::kernels
