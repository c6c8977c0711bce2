#include <algorithm>
#include <numeric>

#include "kernels/index_sort.h"
#include "kernels/scatter_add.h"
#include "tests/kernels/sequence_harness.h"

namespace detaudit::kernels {
namespace {

// Half of the records go to one key, the others anywhere.
std::vector<int32_t> half_hot_keys(size_t n, size_t limit, uint64_t seed) {
  Philox state = philox_stream(seed, 1);
  PhiloxEngine engine(state);
  std::vector<int32_t> keys(n);
  for (int32_t& key : keys) key = static_cast<int32_t>(engine() % 2 ? engine() % limit : limit / 2);
  return keys;
}

TEST(IndexSort, IsTheStableOrder) {
  for (size_t n : {0, 1, 5, 4097, 100000}) {
    for (size_t limit : {1, 2, 100, 2048, 2049, 5000, 1 << 23}) {
      std::vector<int32_t> keys = half_hot_keys(n, limit, limit);
      std::vector<uint32_t> expected(n), order(n);
      std::iota(expected.begin(), expected.end(), 0u);
      std::stable_sort(expected.begin(), expected.end(),
                       [&](uint32_t a, uint32_t b) { return keys[a] < keys[b]; });
      Pool pool(3);
      auto space = workspace(index_sort_workspace_bytes(n));
      index_sort(pool, n, keys.data(), limit, order.data(), space.get());
      ASSERT_EQ(order, expected) << n << " records, " << limit << " keys";
    }
  }
}

struct ScatterCase {
  ScatterShape shape;
  std::vector<int32_t> indices;
  Floats source, table;

  explicit ScatterCase(ScatterShape s)
      : shape(s),
        indices(half_hot_keys(s.sources, s.destinations, s.cols)),
        source(long_normals(s.sources * s.cols, 1)),
        table(normals(s.destinations * s.cols, 2)) {}

  auto runner(Variant variant) const {
    return [this, variant, space = workspace(scatter_add_workspace_bytes(shape))](Pool& pool,
                                                                                  Floats& out) {
      out = table;
      scatter_add(pool, variant, shape, indices.data(), source.data(), out.data(), space.get());
    };
  }
};

const ScatterShape kShapes[] = {{1, 1, 1},        {255, 3, 10},   {256, 1, 64},
                                {257, 1, 64},     {5000, 1, 64},  {5000, 7, 100},
                                {5000, 3000, 16}, {700, 50, 200}, {20000, 20000, 8}};

TEST(ScatterAdd, BothVersionsAddEverySourceOnce) {
  for (ScatterShape shape : kShapes) {
    ScatterCase scatter(shape);
    Doubles expected = widen(scatter.table), magnitude(expected.size());
    for (size_t i = 0; i < expected.size(); ++i) magnitude[i] = std::abs(expected[i]);
    for (size_t i = 0; i < scatter.source.size(); ++i) {
      size_t at = scatter.indices[i / shape.cols] * shape.cols + i % shape.cols;
      expected[at] += scatter.source[i];
      magnitude[at] += std::abs(scatter.source[i]);
    }
    Pool pool(3);
    for (Variant variant : {Variant::kAtomic, Variant::kDeterministic})
      expect_within(run_once(pool, 0, scatter.runner(variant)), expected, magnitude,
                    gamma(shape.sources + 1));
  }
}

TEST(ScatterAdd, BitsDependOnNoThreadCount) {
  for (ScatterShape shape : kShapes)
    expect_same_bits_on_any_threads(0, ScatterCase(shape).runner(Variant::kDeterministic));
}

// 64 rows in arrival order on the hot row; see sequence_sum_test.cc for the odds.
TEST(ScatterAdd, AtomicVersionVaries) {
  ScatterCase scatter({20000, 16, 64});
  EXPECT_GT(distinct_results(0, scatter.runner(Variant::kAtomic)), 1u);
}

TEST(Embedding, ForwardAddsPlacesAndBackwardScattersIntoZeros) {
  ScatterShape shape{1000, 30, 20};
  ScatterCase scatter(shape);
  Pool pool(2);
  Floats y(shape.sources * shape.cols);
  constexpr size_t kSequence = 37;  // the last one is cut short
  const Floats positions = normals(kSequence * shape.cols, 9);
  embedding_forward(pool, shape, scatter.indices.data(), scatter.table.data(),
                    {positions.data(), kSequence}, y.data());
  for (size_t i = 0; i < y.size(); ++i)
    ASSERT_EQ(y[i], scatter.table[scatter.indices[i / shape.cols] * shape.cols + i % shape.cols] +
                        positions[i % positions.size()]);

  auto space = workspace(scatter_add_workspace_bytes(shape));
  Floats gradient(scatter.table.size(), std::nanf("")), zeros(scatter.table.size());
  embedding_backward(pool, Variant::kDeterministic, shape, scatter.indices.data(),
                     scatter.source.data(), gradient.data(), space.get());
  scatter.table = zeros;
  EXPECT_EQ(gradient, run_once(pool, 0, scatter.runner(Variant::kDeterministic)));
}

}  // namespace
}  // namespace detaudit::kernels
