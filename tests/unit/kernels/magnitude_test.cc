#include "kernels/magnitude.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace detaudit::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr uint64_t kNotANumber = std::numeric_limits<uint64_t>::max();

template <class T>
Magnitude compare(const std::vector<T>& a, const std::vector<T>& b, DType dtype) {
  return compare_buffers(a.data(), b.data(), a.size(), dtype);
}

TEST(Magnitude, EqualBuffersDifferNowhereAndHaveAScale) {
  const std::vector<float> a = {1, -3, 0, 2};
  const Magnitude magnitude = compare(a, a, DType::kF32);
  EXPECT_EQ(magnitude.elements, 4u);
  EXPECT_EQ(magnitude.differing, 0u);
  EXPECT_EQ(magnitude.max_ulp, 0u);
  EXPECT_EQ(magnitude.max_abs, 0);
  EXPECT_EQ(magnitude.scale, 3);
}

TEST(Magnitude, CountsUlpsAndNamesTheFirstElementAcrossBlocks) {
  std::vector<float> a(5000, 1.0f), b = a;
  b[3001] = std::nextafter(1.0f, 2.0f);
  b[4999] = 1.0f + 3 * std::numeric_limits<float>::epsilon();
  const Magnitude magnitude = compare(a, b, DType::kF32);
  EXPECT_EQ(magnitude.differing, 2u);
  EXPECT_EQ(magnitude.first_element, 3001u);
  EXPECT_EQ(magnitude.max_ulp, 3u);
  EXPECT_EQ(magnitude.max_abs, 3 * std::numeric_limits<float>::epsilon());
}

TEST(Magnitude, UlpsCrossZeroInSignMagnitudeOrder) {
  const float tiny = std::numeric_limits<float>::denorm_min();
  EXPECT_EQ(compare<float>({0.0f}, {-0.0f}, DType::kF32).max_ulp, 0u);
  EXPECT_EQ(compare<float>({0.0f}, {-0.0f}, DType::kF32).differing, 1u);
  EXPECT_EQ(compare<float>({tiny}, {-2 * tiny}, DType::kF32).max_ulp, 3u);
  EXPECT_EQ(compare<float>({1.0f}, {-1.0f}, DType::kF32).max_ulp, 2u * 0x3f800000u);
  EXPECT_EQ(compare<double>({1.0}, {-1.0}, DType::kF64).max_ulp, 2u * 0x3ff0000000000000u);
}

TEST(Magnitude, InfinityIsOneUlpPastTheLargestAndInfinitelyFar) {
  const Magnitude magnitude =
      compare<float>({std::numeric_limits<float>::max()}, {kInfinity}, DType::kF32);
  EXPECT_EQ(magnitude.max_ulp, 1u);
  EXPECT_EQ(magnitude.max_abs, std::numeric_limits<double>::infinity());
  EXPECT_EQ(magnitude.scale, std::numeric_limits<float>::max());
}

TEST(Magnitude, NanIsFarFromEverythingElseEvenFromAnotherNan) {
  const float nan = std::bit_cast<float>(0x7fc00000u), other = std::bit_cast<float>(0x7fc00001u);
  EXPECT_EQ(compare<float>({nan}, {nan}, DType::kF32).differing, 0u);
  for (float against : {1.0f, kInfinity, other}) {
    EXPECT_EQ(compare<float>({nan}, {against}, DType::kF32).max_ulp, kNotANumber);
    EXPECT_EQ(compare<float>({against}, {nan}, DType::kF32).max_ulp, kNotANumber);
    EXPECT_EQ(compare<float>({nan}, {against}, DType::kF32).max_abs,
              std::numeric_limits<double>::infinity());
  }
  EXPECT_EQ(compare<float>({nan, 2}, {nan, 2}, DType::kF32).scale, 2);
}

TEST(Magnitude, HalfAndBfloat16) {
  using Bits = std::vector<uint16_t>;
  EXPECT_EQ(compare(Bits{0x3c00}, Bits{0x3c02}, DType::kF16).max_ulp, 2u);
  EXPECT_EQ(compare(Bits{0x3c00}, Bits{0x3c02}, DType::kF16).max_abs, 2.0 / 1024);
  EXPECT_EQ(compare(Bits{0x0001}, Bits{0x8001}, DType::kF16).max_ulp, 2u);
  EXPECT_EQ(compare(Bits{0x0001}, Bits{0x8001}, DType::kF16).max_abs, std::ldexp(1.0, -23));
  EXPECT_EQ(compare(Bits{0xfbff}, Bits{0xfbff}, DType::kF16).scale, 65504);
  EXPECT_EQ(compare(Bits{0x7c00}, Bits{0x7c00}, DType::kF16).scale, 0);
  EXPECT_EQ(compare(Bits{0x7c01}, Bits{0x3c00}, DType::kF16).max_ulp, kNotANumber);
  EXPECT_EQ(compare(Bits{0x3f80}, Bits{0x3f81}, DType::kBF16).max_ulp, 1u);
  EXPECT_EQ(compare(Bits{0x3f80}, Bits{0x3f81}, DType::kBF16).max_abs, 1.0 / 128);
  EXPECT_EQ(compare(Bits{0x7f81}, Bits{0x3f80}, DType::kBF16).max_ulp, kNotANumber);
}

TEST(Magnitude, IntegersHaveDistancesButNoUlps) {
  const Magnitude bytes = compare<uint8_t>({3, 250}, {5, 250}, DType::kU8);
  EXPECT_EQ(bytes.max_abs, 2);
  EXPECT_EQ(bytes.max_ulp, 0u);
  EXPECT_EQ(bytes.scale, 250);
  EXPECT_EQ(compare<int32_t>({-2147483647 - 1}, {2147483647}, DType::kI32).max_abs, 4294967295.0);
  const int64_t least = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(compare<int64_t>({least}, {0}, DType::kI64).max_abs, std::ldexp(1.0, 63));
  EXPECT_EQ(compare<int64_t>({least}, {0}, DType::kI64).scale, std::ldexp(1.0, 63));
}

TEST(Magnitude, BuffersMayBeUnalignedOrEmpty) {
  std::vector<unsigned char> a(9, 0), b(9, 0);
  const double value = 1.5;
  std::memcpy(a.data() + 1, &value, sizeof value);
  EXPECT_EQ(compare_buffers(a.data() + 1, b.data() + 1, 1, DType::kF64).max_abs, 1.5);
  EXPECT_EQ(compare_buffers(nullptr, nullptr, 0, DType::kF32).differing, 0u);
}

TEST(Magnitude, MergeKeepsTheWorstAndTheFirst) {
  Magnitude a, b;
  a.elements = b.elements = 10;
  a.differing = 2;
  a.first_element = 7;
  a.max_ulp = 5;
  b.differing = 3;
  b.first_element = 4;
  b.max_abs = 0.5;
  const Magnitude worst = merge(a, b);
  EXPECT_EQ(worst.elements, 10u);
  EXPECT_EQ(worst.differing, 3u);
  EXPECT_EQ(worst.first_element, 4u);
  EXPECT_EQ(worst.max_ulp, 5u);
  EXPECT_EQ(worst.max_abs, 0.5);
  EXPECT_EQ(merge(a, Magnitude{}).first_element, 7u);
  EXPECT_EQ(merge(Magnitude{}, a).first_element, 7u);
}

TEST(DType, SizesAndNames) {
  EXPECT_EQ(element_bytes(DType::kU8), 1u);
  EXPECT_EQ(element_bytes(DType::kF16), 2u);
  EXPECT_EQ(element_bytes(DType::kBF16), 2u);
  EXPECT_EQ(element_bytes(DType::kI32), 4u);
  EXPECT_EQ(element_bytes(DType::kF32), 4u);
  EXPECT_EQ(element_bytes(DType::kI64), 8u);
  EXPECT_EQ(element_bytes(DType::kF64), 8u);
  EXPECT_STREQ(dtype_name(DType::kBF16), "bf16");
  EXPECT_STREQ(dtype_name(static_cast<DType>(99)), "unknown");
  EXPECT_TRUE(is_float(DType::kF16));
  EXPECT_FALSE(is_float(DType::kI64));
}

}  // namespace
}  // namespace detaudit::kernels
