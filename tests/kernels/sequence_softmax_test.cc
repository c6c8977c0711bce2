#include <algorithm>

#include "kernels/activation.h"
#include "kernels/softmax_cross_entropy.h"
#include "tests/kernels/sequence_harness.h"

namespace detaudit::kernels {
namespace {

struct SoftmaxCase {
  SoftmaxShape shape;
  Floats logits;
  std::vector<int32_t> labels;
  explicit SoftmaxCase(SoftmaxShape s)
      : shape(s), logits(long_normals(s.rows * s.classes, 1)), labels(s.rows) {
    for (float& x : logits) x *= 5;
    for (size_t r = 0; r < s.rows; ++r) labels[r] = static_cast<int32_t>(r * 7 % s.classes);
  }

  // loss, probabilities, dlogits behind one another.
  auto runner(Variant variant) const {
    return [this, variant, space = workspace(softmax_workspace_bytes(shape))](Pool& pool,
                                                                              Floats& out) {
      float *p = out.data() + 1, *dlogits = p + logits.size();
      softmax_cross_entropy_forward(pool, variant, shape, logits.data(), labels.data(), p,
                                    out.data(), space.get());
      softmax_cross_entropy_backward(pool, shape, p, labels.data(), dlogits);
    };
  }
  size_t outputs() const { return 1 + 2 * logits.size(); }

  double row_loss(const double* x, size_t row) const {
    double total = 0;
    for (size_t c = 0; c < shape.classes; ++c) total += std::exp(x[c]);
    return std::log(total) - x[labels[row]];
  }
  double loss(const Doubles& x) const {
    double total = 0;
    for (size_t r = 0; r < shape.rows; ++r) total += row_loss(x.data() + r * shape.classes, r);
    return total / shape.rows;
  }
};

const SoftmaxShape kShapes[] = {{1, 1}, {1, 10}, {64, 10}, {100, 65}, {1000, 33}};

TEST(SoftmaxCrossEntropy, LossAndGradientMatchDouble) {
  for (SoftmaxShape shape : kShapes) {
    SoftmaxCase softmax_case(shape);
    Doubles x = widen(softmax_case.logits);
    Pool pool(2);
    for (Variant variant : {Variant::kAtomic, Variant::kDeterministic}) {
      Floats out = run_once(pool, softmax_case.outputs(), softmax_case.runner(variant));
      double loss = softmax_case.loss(x);
      // A row's loss subtracts a logit of up to 25 from a maximum of the same size.
      ASSERT_NEAR(out[0], loss, gamma(shape.rows + shape.classes + 8) * (25 + loss));
      const float* dlogits = out.data() + 1 + x.size();
      for (size_t i = 0; i < x.size(); i += 1 + x.size() / 40) {
        size_t row = i / shape.classes;
        Doubles one(x.begin() + row * shape.classes, x.begin() + (row + 1) * shape.classes);
        double expected = numeric_gradient(one, i % shape.classes, [&](const Doubles& in) {
          return softmax_case.row_loss(in.data(), row);
        });
        ASSERT_NEAR(dlogits[i] * shape.rows, expected, gamma(shape.classes + 40) + 1e-8);
      }
    }
  }
}

TEST(Softmax, RowsSumToOneAndSurviveLargeLogits) {
  SoftmaxShape shape{3, 4};
  Floats x{1000, 999, 998, -1000, 0, 0, 0, 0, -2000, -2000, -2000, -2001}, y(12);
  Pool pool(2);
  softmax(pool, shape, x.data(), y.data());
  for (size_t r = 0; r < 3; ++r)
    EXPECT_NEAR(y[4 * r] + y[4 * r + 1] + y[4 * r + 2] + y[4 * r + 3], 1, 1e-6);
  EXPECT_EQ(y[3], 0);
  EXPECT_EQ(y[4], 0.25f);
}

TEST(SoftmaxCrossEntropy, BitsDependOnNoThreadCount) {
  for (SoftmaxShape shape : kShapes) {
    SoftmaxCase softmax_case(shape);
    expect_same_bits_on_any_threads(softmax_case.outputs(),
                                    softmax_case.runner(Variant::kDeterministic));
  }
}

// 2048 partials in arrival order; see sequence_sum_test.cc for the odds.
TEST(SoftmaxCrossEntropy, AtomicLossVaries) {
  SoftmaxCase softmax_case({16384, 65});
  EXPECT_GT(distinct_results(softmax_case.outputs(), softmax_case.runner(Variant::kAtomic)), 1u);
}

TEST(Relu, KeepsPositiveAndPassesTheirGradient) {
  Floats x{-1, -0.0f, 0, 2, std::nanf("")}, y(5), dy{1, 2, 3, 4, 5}, dx(5);
  Pool pool(1);
  relu_forward(pool, 5, x.data(), y.data());
  EXPECT_EQ(y, (Floats{0, 0, 0, 2, 0}));
  EXPECT_FALSE(std::signbit(y[1]));
  relu_backward(pool, 5, y.data(), dy.data(), dx.data());
  EXPECT_EQ(dx, (Floats{0, 0, 0, 4, 0}));
}

TEST(Gelu, MatchesDoubleForwardAndBackward) {
  Floats x = normals(20000, 9), y(x.size()), dy = normals(x.size(), 10), dx(x.size()),
         again(x.size());
  for (float& v : x) v *= 3;
  Pool pool(2);
  gelu_forward(pool, x.size(), x.data(), y.data());
  gelu_backward(pool, x.size(), x.data(), dy.data(), dx.data(), again.data());
  EXPECT_EQ(again, y);
  for (size_t i = 0; i < x.size(); ++i) {
    double v = x[i], phi = 0.5 * std::erfc(-v * std::sqrt(0.5));
    double density = std::exp(-0.5 * v * v) / std::sqrt(2 * M_PI);
    // phi is good to 1e-7 (kernels/math.h), times |x| and one more rounding.
    ASSERT_NEAR(y[i], v * phi, 3e-7 * (1 + std::abs(v)));
    ASSERT_NEAR(dx[i], dy[i] * (phi + v * density), 6e-7 * std::abs(dy[i]) * (1 + std::abs(v)));
  }
}

}  // namespace
}  // namespace detaudit::kernels
