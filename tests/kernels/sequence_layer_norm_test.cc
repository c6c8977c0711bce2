#include <numeric>

#include "kernels/layer_norm.h"
#include "tests/kernels/sequence_harness.h"

namespace detaudit::kernels {
namespace {

struct LayerNormCase {
  MatrixShape shape;
  Floats x, gamma_weights, beta, dy;
  explicit LayerNormCase(MatrixShape s)
      : shape(s),
        x(long_normals(s.rows * s.cols, 1)),
        gamma_weights(normals(s.cols, 2)),
        beta(normals(s.cols, 3)),
        dy(long_normals(s.rows * s.cols, 4)) {
    for (size_t i = 0; i < x.size(); ++i) x[i] = 2 * x[i] + 3;
  }

  // The whole layer: y, mean, rstd, dx, dgamma, dbeta behind one another.
  auto runner(Variant variant) const {
    return [this, variant, space = workspace(layer_norm_workspace_bytes(shape))](Pool& pool,
                                                                                 Floats& out) {
      size_t elements = shape.rows * shape.cols;
      float *y = out.data(), *mean = y + elements, *rstd = mean + shape.rows;
      float *dx = rstd + shape.rows, *dgamma = dx + elements, *dbeta = dgamma + shape.cols;
      layer_norm_forward(pool, shape, x.data(), gamma_weights.data(), beta.data(), y, mean, rstd);
      layer_norm_backward(pool, variant, shape, {x.data(), gamma_weights.data(), mean, rstd},
                          {dy.data()}, {dx, dgamma, dbeta}, space.get());
    };
  }
  size_t outputs() const { return 2 * (shape.rows * shape.cols + shape.rows + shape.cols); }

  Doubles reference_row(const double* row, const Doubles& scale, const Doubles& shift) const {
    size_t n = shape.cols;
    double mean = std::accumulate(row, row + n, 0.0) / n, variance = 0;
    for (size_t c = 0; c < n; ++c) variance += (row[c] - mean) * (row[c] - mean) / n;
    Doubles y(n);
    for (size_t c = 0; c < n; ++c)
      y[c] = (row[c] - mean) / std::sqrt(variance + kLayerNormEpsilon) * scale[c] + shift[c];
    return y;
  }
  // sum of dy y over all rows, and over one.
  double loss(const Doubles& in, const Doubles& scale, const Doubles& shift) const {
    double total = 0;
    for (size_t r = 0; r < shape.rows; ++r) total += row_loss(in, r, scale, shift);
    return total;
  }
  double row_loss(const Doubles& in, size_t r, const Doubles& scale, const Doubles& shift) const {
    Doubles y = reference_row(in.data() + r * shape.cols, scale, shift);
    double total = 0;
    for (size_t c = 0; c < shape.cols; ++c) total += y[c] * dy[r * shape.cols + c];
    return total;
  }
};

const MatrixShape kShapes[] = {{1, 2}, {3, 9}, {70, 33}, {100, 64}};

TEST(LayerNorm, ForwardMatchesDouble) {
  for (MatrixShape shape : kShapes) {
    LayerNormCase layer(shape);
    Pool pool(2);
    Floats out = run_once(pool, layer.outputs(), layer.runner(Variant::kDeterministic));
    Doubles x = widen(layer.x);
    for (size_t r = 0; r < shape.rows; ++r) {
      Doubles y = layer.reference_row(x.data() + r * shape.cols, widen(layer.gamma_weights),
                                      widen(layer.beta));
      // Centring cancels the mean (3, with deviation 2): errors are relative to |x| * rstd * gamma.
      double rstd = out[shape.rows * shape.cols + shape.rows + r];
      for (size_t c = 0; c < shape.cols; ++c)
        ASSERT_NEAR(out[r * shape.cols + c], y[c],
                    gamma(shape.cols + 8) * (1 + 12 * rstd) * (4 + std::abs(y[c])) * 4);
    }
  }
}

// Against central differences of the layer in double. Sums of up to 100 terms of order 1: the error
// of float is gamma(cols + rows) times their magnitude, below 1e-4 here.
TEST(LayerNorm, BackwardMatchesDifferences) {
  for (MatrixShape shape : kShapes) {
    LayerNormCase layer(shape);
    Pool pool(2);
    Doubles x = widen(layer.x), scale = widen(layer.gamma_weights), shift = widen(layer.beta);
    for (Variant variant : {Variant::kAtomic, Variant::kDeterministic}) {
      Floats out = run_once(pool, layer.outputs(), layer.runner(variant));
      const float* dx = out.data() + shape.rows * shape.cols + 2 * shape.rows;
      const float* dgamma = dx + shape.rows * shape.cols;
      for (size_t i = 0; i < x.size(); i += 1 + x.size() / 50) {
        double expected = numeric_gradient(x, i, [&](const Doubles& in) {
          return layer.row_loss(in, i / shape.cols, scale, shift);
        });
        ASSERT_NEAR(dx[i], expected, 2e-4 * (1 + std::abs(expected))) << "dx " << i;
      }
      for (size_t c = 0; c < shape.cols; ++c) {
        auto of_scale = [&](const Doubles& in) { return layer.loss(x, in, shift); };
        auto of_shift = [&](const Doubles& in) { return layer.loss(x, scale, in); };
        ASSERT_NEAR(dgamma[c], numeric_gradient(scale, c, of_scale), 2e-4) << "dgamma " << c;
        ASSERT_NEAR(dgamma[shape.cols + c], numeric_gradient(shift, c, of_shift), 2e-4);
      }
    }
  }
}

TEST(LayerNorm, BitsDependOnNoThreadCount) {
  for (MatrixShape shape : {MatrixShape{33, 10}, {1000, 64}, {500, 130}}) {
    LayerNormCase layer(shape);
    expect_same_bits_on_any_threads(layer.outputs(), layer.runner(Variant::kDeterministic));
  }
}

// 512 chunks add to the same 128 sums, which would all have to round alike.
TEST(LayerNorm, AtomicWeightGradientsVary) {
  LayerNormCase layer({16384, 64});
  EXPECT_GT(distinct_results(layer.outputs(), layer.runner(Variant::kAtomic)), 1u);
}

}  // namespace
}  // namespace detaudit::kernels
