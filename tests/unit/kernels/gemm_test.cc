#include "kernels/gemm.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "kernels/gemm_tile.h"
#include "kernels/math.h"

namespace detaudit::kernels {
namespace {

struct Shape {
  size_t m, n, k;
};

// One product with padded rows, its operands drawn from a seed.
struct Problem {
  Problem(Shape shape_, Transpose a_, Transpose b_, unsigned seed)
      : shape(shape_),
        a(a_),
        b(b_),
        lda((a == Transpose::kNo ? shape.k : shape.m) + 3),
        ldb((b == Transpose::kNo ? shape.n : shape.k) + 5),
        ldc(shape.n + 2),
        A(draw((a == Transpose::kNo ? shape.m : shape.k) * lda, seed)),
        B(draw((b == Transpose::kNo ? shape.k : shape.n) * ldb, seed + 1)),
        C(draw(shape.m * ldc, seed + 2)) {}

  static std::vector<float> draw(size_t count, unsigned seed) {
    std::mt19937 engine(seed);
    std::normal_distribution<float> normal;
    std::vector<float> values(count);
    for (float& value : values) value = normal(engine);
    return values;
  }

  std::vector<float> reference(GemmOutput output) const {
    std::vector<float> c = C;
    gemm_reference(a, b, shape.m, shape.n, shape.k, A.data(), lda, B.data(), ldb, c.data(), ldc,
                   output);
    return c;
  }

  std::vector<float> tiled(const GemmTile& tile, Pool* pool, GemmOutput output) const {
    std::vector<float> c = C;
    gemm_with(tile, pool, a, b, shape.m, shape.n, shape.k, A.data(), lda, B.data(), ldb, c.data(),
              ldc, output);
    return c;
  }

  Shape shape;
  Transpose a, b;
  size_t lda, ldb, ldc;
  std::vector<float> A, B, C;
};

bool bits_equal(const std::vector<float>& a, const std::vector<float>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::bit_cast<uint32_t>(a[i]) != std::bit_cast<uint32_t>(b[i])) return false;
  }
  return a.size() == b.size();
}

// Around every tile's edges, and past one block in each of the three directions.
constexpr Shape kShapes[] = {{1, 1, 1},     {4, 16, 3},    {6, 16, 7},   {14, 32, 20},
                             {15, 33, 21},  {13, 31, 255}, {1, 300, 40}, {300, 1, 40},
                             {5, 47, 257},  {64, 50, 300}, {343, 40, 9}, {20, 1100, 12},
                             {70, 70, 520}, {3, 2100, 30}, {28, 96, 1},  {57, 65, 513}};
constexpr Transpose kBoth[] = {Transpose::kNo, Transpose::kYes};

TEST(Gemm, IsTheReferenceBitForBitOnEveryTileThreadCountAndTranspose) {
  Pool two(2), three(3), four(4);
  for (const Shape& shape : kShapes) {
    for (Transpose a : kBoth) {
      for (Transpose b : kBoth) {
        const Problem problem(shape, a, b, 7);
        for (GemmOutput output : {GemmOutput::kOverwrite, GemmOutput::kAccumulate}) {
          const auto reference = problem.reference(output);
          for (const GemmTile& tile : available_gemm_tiles()) {
            for (Pool* pool : {static_cast<Pool*>(nullptr), &two, &three, &four}) {
              EXPECT_TRUE(bits_equal(problem.tiled(tile, pool, output), reference))
                  << tile.name << " threads=" << (pool ? pool->threads() : 1) << " m=" << shape.m
                  << " n=" << shape.n << " k=" << shape.k;
            }
          }
        }
      }
    }
  }
}

TEST(Gemm, RandomShapesAgreeOnOneThread) {
  std::mt19937 engine(11);
  for (int round = 0; round < 150; ++round) {
    const Shape shape = {1 + engine() % 90, 1 + engine() % 90, 1 + engine() % 90};
    const Problem problem(shape, kBoth[engine() % 2], kBoth[engine() % 2], engine());
    for (const GemmTile& tile : available_gemm_tiles()) {
      EXPECT_TRUE(bits_equal(problem.tiled(tile, nullptr, GemmOutput::kAccumulate),
                             problem.reference(GemmOutput::kAccumulate)))
          << tile.name << " m=" << shape.m << " n=" << shape.n << " k=" << shape.k;
    }
  }
}

TEST(Gemm, PublicEntryPointsAgree) {
  const Problem problem({33, 70, 270}, Transpose::kNo, Transpose::kYes, 5);
  const auto reference = problem.reference(GemmOutput::kOverwrite);
  Pool pool(3);
  std::vector<float> c = problem.C;
  gemm(pool, problem.a, problem.b, 33, 70, 270, problem.A.data(), problem.lda, problem.B.data(),
       problem.ldb, c.data(), problem.ldc, GemmOutput::kOverwrite);
  EXPECT_TRUE(bits_equal(c, reference));
  c = problem.C;
  gemm_block(problem.a, problem.b, 33, 70, 270, problem.A.data(), problem.lda, problem.B.data(),
             problem.ldb, c.data(), problem.ldc, GemmOutput::kOverwrite);
  EXPECT_TRUE(bits_equal(c, reference));
}

TEST(Gemm, WritesNothingOutsideC) {
  const Problem problem({15, 33, 9}, Transpose::kNo, Transpose::kNo, 3);
  const auto c = problem.tiled(available_gemm_tiles().back(), nullptr, GemmOutput::kOverwrite);
  for (size_t i = 0; i < 15; ++i) {
    for (size_t j = 33; j < problem.ldc; ++j) {
      EXPECT_EQ(c[i * problem.ldc + j], problem.C[i * problem.ldc + j]);
    }
  }
}

TEST(Gemm, EmptyProducts) {
  float c[2] = {3, 4};
  gemm_block(Transpose::kNo, Transpose::kNo, 1, 2, 0, nullptr, 0, nullptr, 2, c, 2,
             GemmOutput::kAccumulate);
  EXPECT_EQ(c[0], 3);
  gemm_block(Transpose::kNo, Transpose::kNo, 1, 2, 0, nullptr, 0, nullptr, 2, c, 2,
             GemmOutput::kOverwrite);
  EXPECT_EQ(c[0], 0);
  EXPECT_EQ(c[1], 0);
  gemm_block(Transpose::kNo, Transpose::kNo, 0, 2, 4, nullptr, 4, nullptr, 2, nullptr, 2,
             GemmOutput::kOverwrite);
}

TEST(Gemm, NanIsOneNanAndStaysInItsRowAndColumn) {
  Problem problem({16, 40, 12}, Transpose::kNo, Transpose::kNo, 9);
  problem.A[2 * problem.lda + 4] = std::bit_cast<float>(0xffc12345u);
  problem.B[6 * problem.ldb + 30] = kInf;
  problem.B[7 * problem.ldb + 30] = -kInf;
  for (const GemmTile& tile : available_gemm_tiles()) {
    const auto c = problem.tiled(tile, nullptr, GemmOutput::kOverwrite);
    for (size_t j = 0; j < 40; ++j) {
      EXPECT_EQ(std::bit_cast<uint32_t>(c[2 * problem.ldc + j]), 0x7fc00000u);
      EXPECT_EQ(std::isnan(c[3 * problem.ldc + j]), j == 30 && std::isnan(c[3 * problem.ldc + 30]));
    }
    EXPECT_TRUE(bits_equal(c, problem.reference(GemmOutput::kOverwrite)));
  }
}

// Each of the k FMAs rounds once: |error| <= k u / (1 - k u) * sum |a||b|, u = 2^-24.
TEST(Gemm, IsWithinTheChainsErrorBoundOfFloat64) {
  const Problem problem({30, 50, 700}, Transpose::kNo, Transpose::kNo, 13);
  const auto c = problem.tiled(available_gemm_tiles().back(), nullptr, GemmOutput::kOverwrite);
  const double u = 0x1p-24, gamma = 700 * u / (1 - 700 * u);
  for (size_t i = 0; i < 30; ++i) {
    for (size_t j = 0; j < 50; ++j) {
      double exact = 0, magnitude = 0;
      for (size_t p = 0; p < 700; ++p) {
        const double term = static_cast<double>(problem.A[i * problem.lda + p]) *
                            static_cast<double>(problem.B[p * problem.ldb + j]);
        exact += term;
        magnitude += std::abs(term);
      }
      EXPECT_LE(std::abs(c[i * problem.ldc + j] - exact), gamma * magnitude);
    }
  }
}

}  // namespace
}  // namespace detaudit::kernels
