#include <algorithm>

#include "kernels/column_sum.h"
#include "kernels/sum.h"
#include "tests/kernels/sequence_harness.h"

namespace detaudit::kernels {
namespace {

using Reduction = void (*)(Pool&, Variant, size_t, const float*, float*, void*);

auto runner(Reduction reduction, Variant variant, const Floats& x) {
  return [=, &x, space = workspace(sum_workspace_bytes(x.size()))](Pool& pool, Floats& out) {
    reduction(pool, variant, x.size(), x.data(), out.data(), space.get());
  };
}

// Roundings on the longest path: a lane's chain, the tree, and the same over the partials.
size_t sum_depth(size_t n) {
  size_t chunks = n / 4096 + 1;
  return std::min<size_t>(n, 4096) / 32 + 7 + chunks / 32 + 7;
}

TEST(Sum, IsWithinTheBoundOfItsTree) {
  for (size_t n : {0, 1, 7, 31, 32, 33, 4095, 4096, 4097, 100001, 1 << 20}) {
    Floats x = normals(n, n + 1);
    double expected = 0, magnitude = 0, squares = 0;
    for (float v : x) {
      expected += v;
      magnitude += std::abs(v);
      squares += static_cast<double>(v) * v;
    }
    Pool pool(2);
    double bound = gamma(sum_depth(n));
    Floats total = run_once(pool, 1, runner(sum, Variant::kDeterministic, x));
    expect_within(total, {expected}, {magnitude}, bound);
    Floats square = run_once(pool, 1, runner(sum_of_squares, Variant::kDeterministic, x));
    expect_within(square, {squares}, {squares}, bound);
  }
}

TEST(Sum, AtomicVersionSumsTheSameElements) {
  Floats x = normals(100001, 5);
  double expected = 0, magnitude = 0;
  for (float v : x) expected += v, magnitude += std::abs(v);
  Pool pool(3);
  Floats total = run_once(pool, 1, runner(sum, Variant::kAtomic, x));
  expect_within(total, {expected}, {magnitude}, gamma(4096 / 32 + 7 + 25));
}

TEST(Sum, BitsDependOnNoThreadCount) {
  for (size_t n : {33, 4097, 300000}) {
    Floats x = normals(n, 2);
    expect_same_bits_on_any_threads(1, runner(sum, Variant::kDeterministic, x));
    expect_same_bits_on_any_threads(1, runner(sum_of_squares, Variant::kDeterministic, x));
  }
}

TEST(Sum, OneFlippedElementShows) {
  Floats x = normals(50000, 3);
  Pool pool(2);
  Floats before = run_once(pool, 1, runner(sum, Variant::kDeterministic, x));
  for (size_t i : {0, 4095, 4096, 49999}) {
    Floats changed = x;
    changed[i] += 1;
    EXPECT_NE(run_once(pool, 1, runner(sum, Variant::kDeterministic, changed)), before);
  }
}

// 245 partials in arrival order; two executions agreed in under 30% of the pairs measured on two
// cores, so 50 that all agree have odds below 1e-25 where executions are independent.
TEST(Sum, AtomicVersionVaries) {
  Floats x = long_normals(4000000, 4);
  EXPECT_GT(distinct_results(1, runner(sum, Variant::kAtomic, x)), 1u);
  EXPECT_GT(distinct_results(1, runner(sum_of_squares, Variant::kAtomic, x)), 1u);
}

auto column_runner(Variant variant, MatrixShape shape, const Floats& x) {
  return [=, &x, space = workspace(column_sum_workspace_bytes(shape))](Pool& pool, Floats& out) {
    column_sum(pool, variant, shape, x.data(), out.data(), space.get());
  };
}

TEST(ColumnSum, BothVersionsAreWithinTheBound) {
  for (MatrixShape shape : {MatrixShape{1, 1}, {5, 10}, {1000, 64}, {2048, 65}, {300, 200}}) {
    Floats x = normals(shape.rows * shape.cols, shape.rows);
    Doubles expected(shape.cols), magnitude(shape.cols);
    for (size_t i = 0; i < x.size(); ++i) {
      expected[i % shape.cols] += x[i];
      magnitude[i % shape.cols] += std::abs(x[i]);
    }
    Pool pool(3);
    for (Variant variant : {Variant::kAtomic, Variant::kDeterministic})
      expect_within(run_once(pool, shape.cols, column_runner(variant, shape, x)), expected,
                    magnitude, gamma(shape.rows));
  }
}

TEST(ColumnSum, BitsDependOnNoThreadCount) {
  for (MatrixShape shape : {MatrixShape{1000, 10}, {4096, 64}, {700, 130}}) {
    Floats x = normals(shape.rows * shape.cols, 6);
    expect_same_bits_on_any_threads(shape.cols, column_runner(Variant::kDeterministic, shape, x));
  }
}

// 512 blocks add to the same 64 columns: one execution like another needs all columns to agree.
TEST(ColumnSum, AtomicVersionVaries) {
  MatrixShape shape{65536, 64};
  Floats x = long_normals(shape.rows * shape.cols, 7);
  EXPECT_GT(distinct_results(shape.cols, column_runner(Variant::kAtomic, shape, x)), 1u);
}

}  // namespace
}  // namespace detaudit::kernels
