#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include "kernels/cuda/emulated/emulator.h"
#include "kernels/cuda/stream.h"
#include "kernels/pool.h"
#include "kernels/variant.h"

namespace detaudit::kernels::cuda {

using Floats = std::vector<float>;

// What inputs are made of: ordinary values; or with zeros of both signs, denormals, and values
// whose products underflow; or with infinities and NaN of several payloads too.
enum class Values { kOrdinary, kTiny, kWild };
inline constexpr Values kAllValues[] = {Values::kOrdinary, Values::kTiny, Values::kWild};

inline Floats make_values(size_t n, uint64_t seed, Values kind) {
  constexpr float kMax = std::numeric_limits<float>::max();
  const float tiny[] = {0.0f,    -0.0f,  1e-45f,  -1e-45f, 1e-39f,
                        -3e-38f, 1e-22f, -1e-22f, 1.0f,    -1.0f};
  const float wild[] = {std::numeric_limits<float>::infinity(),
                        -std::numeric_limits<float>::infinity(),
                        std::bit_cast<float>(0x7fc00000u),
                        std::bit_cast<float>(0xffc00000u),
                        std::bit_cast<float>(0x7fffffffu),
                        std::bit_cast<float>(0x7fa00001u),
                        kMax,
                        -kMax};
  std::mt19937_64 engine(seed * 977 + n);
  std::uniform_real_distribution<float> ordinary(-2, 2);
  Floats values(n);
  for (float& value : values) {
    value = ordinary(engine);
    if (kind != Values::kOrdinary && engine() % 3 == 0) value = tiny[engine() % std::size(tiny)];
    // Seldom, or every sum would be NaN.
    if (kind == Values::kWild && engine() % 31 == 0) value = wild[engine() % std::size(wild)];
  }
  return values;
}

inline void expect_same_bits(const Floats& cpu, const Floats& device, const std::string& what) {
  ASSERT_EQ(cpu.size(), device.size());
  for (size_t i = 0; i < cpu.size(); ++i)
    ASSERT_EQ(std::bit_cast<uint32_t>(cpu[i]), std::bit_cast<uint32_t>(device[i]))
        << what << ": element " << i << " of " << cpu.size() << ": " << cpu[i] << " on the CPU, "
        << device[i] << " on the device";
}

inline Pool& test_pool() {
  static Pool pool(2);
  return pool;
}

// Outputs start as garbage on both sides.
inline Floats garbage(size_t n) { return Floats(n, -77.25f); }

// Runs body(stream, name) under every order of threads.
template <class Body>
void under_every_order(const Body& body) {
  const Emulation before = emulation();
  for (EmulatedOrder order : {EmulatedOrder::kMixed, EmulatedOrder::kForward,
                              EmulatedOrder::kReversed, EmulatedOrder::kShuffled}) {
    emulation().order = order;
    emulation().seed += 1;
    Stream stream;
    body(stream);
    if (::testing::Test::HasFatalFailure()) break;
  }
  emulation() = before;
}

// |a - b| <= bound * magnitude for every element, where the CPU's is finite.
inline void expect_close(const Floats& cpu, const Floats& device, float bound) {
  ASSERT_EQ(cpu.size(), device.size());
  for (size_t i = 0; i < cpu.size(); ++i)
    ASSERT_LE(std::abs(cpu[i] - device[i]), bound) << "element " << i;
}

}  // namespace detaudit::kernels::cuda
