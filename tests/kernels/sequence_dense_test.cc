#include "kernels/dense.h"
#include "tests/kernels/sequence_harness.h"

namespace detaudit::kernels {
namespace {

const DenseShape kShapes[] = {
    {1, 1, 1}, {7, 5, 3}, {64, 200, 10}, {300, 130, 129}, {1000, 64, 256}};

// Product of [m][k] and [k][n], with the magnitudes that bound its error.
struct Product {
  Doubles values, magnitudes;
  template <typename A, typename B>
  Product(size_t m, size_t n, size_t k, A a, B b) : values(m * n), magnitudes(m * n) {
    for (size_t i = 0; i < m; ++i)
      for (size_t j = 0; j < n; ++j)
        for (size_t p = 0; p < k; ++p) {
          double term = static_cast<double>(a(i, p)) * b(p, j);
          values[i * n + j] += term;
          magnitudes[i * n + j] += std::abs(term);
        }
  }
};

struct DenseCase {
  DenseShape shape;
  Floats x, weight, bias, dy;
  explicit DenseCase(DenseShape s)
      : shape(s),
        x(normals(s.rows * s.inputs, 1)),
        weight(normals(s.inputs * s.outputs, 2)),
        bias(normals(s.outputs, 3)),
        dy(normals(s.rows * s.outputs, 4)) {}

  auto weight_runner(Variant variant) const {
    return [this, variant](Pool& pool, Floats& out) {
      dense_backward_weight(pool, variant, shape, x.data(), dy.data(), out.data());
    };
  }
};

TEST(Dense, ForwardAddsTheBias) {
  for (DenseShape s : kShapes) {
    DenseCase dense(s);
    Product product(
        s.rows, s.outputs, s.inputs, [&](size_t i, size_t p) { return dense.x[i * s.inputs + p]; },
        [&](size_t p, size_t j) { return dense.weight[p * s.outputs + j]; });
    Pool pool(2);
    Floats y(s.rows * s.outputs, std::nanf(""));
    dense_forward(pool, s, dense.x.data(), dense.weight.data(), nullptr, y.data());
    expect_within(y, product.values, product.magnitudes, gamma(s.inputs));
    for (size_t i = 0; i < y.size(); ++i) {
      product.values[i] += dense.bias[i % s.outputs];
      product.magnitudes[i] += std::abs(dense.bias[i % s.outputs]);
    }
    dense_forward(pool, s, dense.x.data(), dense.weight.data(), dense.bias.data(), y.data());
    expect_within(y, product.values, product.magnitudes, gamma(s.inputs));
  }
}

TEST(Dense, BackwardGivesBothGradients) {
  for (DenseShape s : kShapes) {
    DenseCase dense(s);
    auto dy = [&](size_t i, size_t p) { return dense.dy[i * s.outputs + p]; };
    Product data(s.rows, s.inputs, s.outputs, dy,
                 [&](size_t p, size_t j) { return dense.weight[j * s.outputs + p]; });
    Product weight(
        s.inputs, s.outputs, s.rows, [&](size_t i, size_t p) { return dense.x[p * s.inputs + i]; },
        dy);
    Pool pool(3);
    Floats dx(s.rows * s.inputs, std::nanf(""));
    dense_backward_data(pool, s, dense.dy.data(), dense.weight.data(), dx.data());
    expect_within(dx, data.values, data.magnitudes, gamma(s.outputs));
    for (Variant variant : {Variant::kAtomic, Variant::kDeterministic})
      expect_within(run_once(pool, s.inputs * s.outputs, dense.weight_runner(variant)),
                    weight.values, weight.magnitudes, gamma(s.rows + 1));
  }
}

TEST(Dense, BitsDependOnNoThreadCount) {
  for (DenseShape s : kShapes) {
    DenseCase dense(s);
    expect_same_bits_on_any_threads(s.inputs * s.outputs,
                                    dense.weight_runner(Variant::kDeterministic));
    expect_same_bits_on_any_threads(s.rows * s.outputs, [&](Pool& pool, Floats& out) {
      dense_forward(pool, s, dense.x.data(), dense.weight.data(), dense.bias.data(), out.data());
    });
    expect_same_bits_on_any_threads(s.rows * s.inputs, [&](Pool& pool, Floats& out) {
      dense_backward_data(pool, s, dense.dy.data(), dense.weight.data(), out.data());
    });
  }
}

// 16 spans a tile, 16384 sums a tile: they would all have to round alike.
TEST(Dense, AtomicWeightGradientVaries) {
  DenseCase dense({1024, 128, 128});
  EXPECT_GT(distinct_results(128 * 128, dense.weight_runner(Variant::kAtomic)), 1u);
}

}  // namespace
}  // namespace detaudit::kernels
