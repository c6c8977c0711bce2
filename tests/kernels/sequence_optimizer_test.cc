#include "kernels/optimizer.h"
#include "tests/kernels/sequence_harness.h"

namespace detaudit::kernels {
namespace {

TEST(Sgd, FollowsItsDefinitionOverSteps) {
  SgdOptions options{0.1f, 0.9f, 0.01f};
  Floats weight = normals(10001, 1), gradient = normals(10001, 2), velocity(10001);
  Doubles w = widen(weight), v(weight.size());
  Pool pool(2);
  for (int step = 0; step < 3; ++step) {
    sgd_update(pool, options, weight.size(), gradient.data(), weight.data(), velocity.data());
    for (size_t i = 0; i < w.size(); ++i) {
      v[i] = options.momentum * v[i] + gradient[i] + options.weight_decay * w[i];
      w[i] -= options.learning_rate * v[i];
    }
  }
  for (size_t i = 0; i < w.size(); ++i)
    ASSERT_NEAR(weight[i], w[i], gamma(9) * (1 + std::abs(w[i])));
}

TEST(Adam, FollowsItsDefinitionOverSteps) {
  AdamOptions options{0.01f, 0.9f, 0.999f, 1e-8f, 0.1f};
  Floats weight = normals(10001, 1), gradient = normals(10001, 2), mean(10001), variance(10001);
  Doubles w = widen(weight), m(weight.size()), v(weight.size());
  Pool pool(2);
  for (int step = 1; step <= 4; ++step) {
    for (float& g : gradient) g = -0.7f * g;
    adam_update(pool, options, step, weight.size(), gradient.data(), weight.data(), mean.data(),
                variance.data());
    for (size_t i = 0; i < w.size(); ++i) {
      double g = gradient[i];
      m[i] = options.beta1 * m[i] + (1 - options.beta1) * g;
      v[i] = options.beta2 * v[i] + (1 - options.beta2) * g * g;
      double corrected = m[i] / (1 - std::pow(options.beta1, step));
      double root = std::sqrt(v[i] / (1 - std::pow(options.beta2, step))) + options.epsilon;
      w[i] -= options.learning_rate * (corrected / root + options.weight_decay * w[i]);
    }
  }
  // 1 - beta2 = 0.001 is a float difference, exact; the corrections divide it out again.
  for (size_t i = 0; i < w.size(); ++i)
    ASSERT_NEAR(weight[i], w[i], gamma(60) * (1 + std::abs(w[i])));
}

TEST(Optimizers, BitsDependOnNoThreadCount) {
  Floats start = normals(30001, 1), gradient = normals(30001, 2);
  expect_same_bits_on_any_threads(start.size(), [&](Pool& pool, Floats& out) {
    out = start;
    Floats mean(start.size()), variance(start.size());
    adam_update(pool, {}, 1, out.size(), gradient.data(), out.data(), mean.data(), variance.data());
    sgd_update(pool, {}, out.size(), gradient.data(), out.data(), mean.data());
  });
}

TEST(NormScale, ClipsOnlyWhatIsTooLong) {
  EXPECT_EQ(norm_scale(10, 25), 1);
  EXPECT_EQ(norm_scale(1, 25), 0.2f);
  EXPECT_EQ(norm_scale(1, 0), 1);
}

TEST(Optimizers, ScaleGradientsAsTheyReadThem) {
  Floats gradient = normals(1001, 2), halved = gradient, zeros(gradient.size());
  for (float& g : halved) g *= 0.5f;
  const auto updated = [&](const Floats& g, float scale) {
    Pool pool(1);
    Floats weight = normals(1001, 1), first = zeros, second = zeros;
    SgdOptions sgd;
    sgd.gradient_scale = scale;
    sgd_update(pool, sgd, g.size(), g.data(), weight.data(), first.data());
    AdamOptions adam;
    adam.gradient_scale = scale;
    first = zeros;
    adam_update(pool, adam, 1, g.size(), g.data(), weight.data(), first.data(), second.data());
    weight.insert(weight.end(), second.begin(), second.end());
    return weight;
  };
  EXPECT_EQ(updated(gradient, 0.5f), updated(halved, 1));
  EXPECT_NE(updated(gradient, 0.5f), updated(gradient, 1));
}

}  // namespace
}  // namespace detaudit::kernels
