#include "kernels/cuda/scatter_add.h"

#include <algorithm>
#include <numeric>

#include "kernels/scatter_parts.h"
#include "tests/kernels/cuda/twin_harness.h"

namespace detaudit::kernels::cuda {
namespace {

// Some sorted, some in copies of the table; one row hot; runs over several tiles.
constexpr ScatterShape kShapes[] = {{1, 1, 1},     {10, 3, 5},    {3000, 5000, 4}, {800, 300, 3},
                                    {5000, 70, 9}, {900, 64, 33}, {0, 4, 4}};

std::vector<int32_t> make_indices(ScatterShape shape, uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::vector<int32_t> indices(shape.sources);
  for (int32_t& index : indices)
    index = engine() % 3 == 0 ? 0 : static_cast<int32_t>(engine() % shape.destinations);
  return indices;
}

TEST(EmulatedScatter, ScatterAdd) {
  under_every_order([&](Stream& stream) {
    bool sorted = false, copied = false;
    for (ScatterShape shape : kShapes)
      for (Values kind : kAllValues) {
        (scatter_copies(shape) ? copied : sorted) = true;
        const auto indices = make_indices(shape, 3);
        const Floats source = make_values(shape.sources * shape.cols, 1, kind);
        Floats expected = make_values(shape.destinations * shape.cols, 2, kind), table = expected;
        Floats workspace(scatter_add_workspace_bytes(shape) / sizeof(float) + 1);
        kernels::scatter_add(test_pool(), Variant::kDeterministic, shape, indices.data(),
                             source.data(), expected.data(), workspace.data());
        scatter_add(stream, Variant::kDeterministic, shape, indices.data(), source.data(),
                    table.data());
        expect_same_bits(expected, table, "scatter_add");
      }
    EXPECT_TRUE(sorted && copied);
  });
}

TEST(EmulatedScatter, Embedding) {
  under_every_order([&](Stream& stream) {
    for (ScatterShape shape : {ScatterShape{77, 65, 30}, {900, 64, 33}, {2000, 7, 3}})
      for (Values kind : kAllValues) {
        const auto indices = make_indices(shape, 4);
        const Floats values = make_values(shape.destinations * shape.cols, 1, kind);
        const Floats dy = make_values(shape.sources * shape.cols, 2, kind);
        Floats expected = garbage(dy.size()), y = expected;
        const Floats table = make_values(11 * shape.cols, 3, kind);
        const PositionRows positions{table.data(), 11};
        kernels::embedding_forward(test_pool(), shape, indices.data(), values.data(), positions,
                                   expected.data());
        embedding_forward(stream, shape, indices.data(), values.data(), positions, y.data());
        expect_same_bits(expected, y, "embedding_forward");
        Floats workspace(scatter_add_workspace_bytes(shape) / sizeof(float) + 1);
        expected = garbage(values.size());
        Floats dtable = expected;
        kernels::embedding_backward(test_pool(), Variant::kDeterministic, shape, indices.data(),
                                    dy.data(), expected.data(), workspace.data());
        embedding_backward(stream, Variant::kDeterministic, shape, indices.data(), dy.data(),
                           dtable.data());
        expect_same_bits(expected, dtable, "embedding_backward");
        embedding_backward(stream, Variant::kAtomic, shape, indices.data(), dy.data(),
                           dtable.data());
        if (kind == Values::kOrdinary)
          expect_close(expected, dtable,
                       2 * static_cast<float>(shape.sources * shape.sources) * 0x1p-24f * 2);
      }
  });
}

TEST(EmulatedScatter, IndexSortIsStable) {
  under_every_order([&](Stream& stream) {
    for (size_t n : {1u, 2u, 1023u, 1024u, 1025u, 20000u})
      for (size_t limit : {1u, 2u, 17u, 5000u, 1u << 20}) {
        const auto keys = make_indices({n, limit, 1}, n + limit);
        std::vector<uint32_t> order(n), other(n), counts(index_sort_counts(n)), expected(n);
        std::iota(expected.begin(), expected.end(), 0u);
        std::stable_sort(expected.begin(), expected.end(),
                         [&](uint32_t a, uint32_t b) { return keys[a] < keys[b]; });
        index_sort(stream, n, keys.data(), limit, order.data(), other.data(), counts.data());
        ASSERT_EQ(order, expected) << n << " keys below " << limit;
      }
  });
}

}  // namespace
}  // namespace detaudit::kernels::cuda
