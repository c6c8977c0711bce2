#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "kernels/digest.h"
#include "kernels/philox.h"
#include "kernels/pool.h"

namespace detaudit::kernels {

using Floats = std::vector<float>;
using Doubles = std::vector<double>;

inline Floats normals(size_t n, uint64_t seed) {
  Pool pool(1);
  Philox state = philox_stream(seed, 0);
  Floats x(n);
  fill_normal(pool, state, 0, 1, n, x.data());
  return x;
}

inline Doubles widen(const Floats& x) { return {x.begin(), x.end()}; }

// The same, of 64 Ki numbers over and over: quick for the long inputs that make schedules differ.
inline Floats long_normals(size_t n, uint64_t seed) {
  Floats period = normals(65536, seed), x(n);
  for (size_t i = 0; i < n; ++i) x[i] = period[i % period.size()];
  return x;
}

// Workspaces hold garbage before use, so that whoever reads one before writing it is found out.
inline std::shared_ptr<void> workspace(size_t bytes) {
  size_t rounded = (bytes + 127) / 64 * 64;
  void* memory = std::aligned_alloc(64, rounded);
  std::memset(memory, 0xff, rounded);
  return {memory, std::free};
}

// gamma_n of float: the relative error of n dependent roundings, relative to the sum of magnitudes.
inline double gamma(size_t roundings) {
  double error = static_cast<double>(roundings) * 0x1p-24;
  return error / (1 - error);
}

template <typename Run>
Floats run_once(Pool& pool, size_t outputs, const Run& run) {
  Floats out(outputs, std::numeric_limits<float>::quiet_NaN());
  run(pool, out);
  return out;
}

// run(pool, out) must leave the same bytes with 1, 2, 3 and 4 threads, three times each.
template <typename Run>
void expect_same_bits_on_any_threads(size_t outputs, const Run& run) {
  std::set<Digest> digests;
  for (unsigned threads = 1; threads <= 4; ++threads) {
    Pool pool(threads);
    for (int repeat = 0; repeat < 3; ++repeat) {
      Floats out = run_once(pool, outputs, run);
      digests.insert(digest(out.data(), out.size() * sizeof(float)));
    }
  }
  EXPECT_EQ(digests.size(), 1u);
}

// Distinct results of up to 500 executions on four threads; stops at the second. On an idle machine
// two or three executions show it; on one where other programs hold the cores a whole execution may
// run on one thread, which is why there may be so many.
template <typename Run>
size_t distinct_results(size_t outputs, const Run& run) {
  Pool pool(4);
  std::set<Digest> digests;
  for (int repeat = 0; repeat < 500 && digests.size() < 2; ++repeat) {
    Floats out = run_once(pool, outputs, run);
    digests.insert(digest(out.data(), out.size() * sizeof(float)));
  }
  return digests.size();
}

// |got - expected| <= relative * magnitude + tiny, element by element.
inline void expect_within(const Floats& got, const Doubles& expected, const Doubles& magnitude,
                          double relative) {
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i)
    ASSERT_LE(std::abs(got[i] - expected[i]), relative * magnitude[i] + 1e-30) << "element " << i;
}

// d loss / d x[i] of a loss in double: central difference, its own error below 1e-8 for losses of
// moderate curvature.
template <typename Loss>
double numeric_gradient(Doubles x, size_t i, const Loss& loss) {
  constexpr double kStep = 1e-5;
  double middle = x[i];
  x[i] = middle + kStep;
  double above = loss(x);
  x[i] = middle - kStep;
  return (above - loss(x)) / (2 * kStep);
}

}  // namespace detaudit::kernels
