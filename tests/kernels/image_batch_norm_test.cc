#include <cmath>

#include "kernels/batch_norm.h"
#include "tests/kernels/image_trial.h"

namespace detaudit::kernels {
namespace {

const ChannelShape kShapes[] = {
    {.batch = 4, .channels = 3, .plane = 35},   {.batch = 64, .channels = 16, .plane = 49},
    {.batch = 3, .channels = 2, .plane = 1500}, {.batch = 700, .channels = 5, .plane = 1},
    {.batch = 1, .channels = 1, .plane = 1},
};
const ChannelShape kContended{.batch = 1024, .channels = 16, .plane = 64};

struct Statistics {
  std::vector<float> mean, rstd;
};
Statistics statistics(const BatchNormShape& shape, const std::vector<float>& x) {
  Reference forward =
      batch_norm_forward_reference(shape, x, std::vector<float>(shape.tensor.channels, 1.0f),
                                   std::vector<float>(shape.tensor.channels, 0.0f));
  auto mean = forward.values.begin() + static_cast<ptrdiff_t>(shape.tensor.elements());
  auto rstd = mean + static_cast<ptrdiff_t>(shape.tensor.channels);
  return {{mean, rstd}, {rstd, forward.values.end()}};
}

class ImageChannels : public testing::TestWithParam<ChannelShape> {};

TEST_P(ImageChannels, SumIsDeterministicAndAccurate) {
  expect_deterministic(channel_sum_case(GetParam()));
  expect_atomic_is_close(channel_sum_case(GetParam()));
}

TEST_P(ImageChannels, BatchNormForwardIsDeterministicAndAccurate) {
  expect_deterministic(batch_norm_forward_case({.tensor = GetParam()}));
  expect_deterministic(
      batch_norm_forward_case({.tensor = GetParam(), .epilogue = Epilogue::kRelu}));
  expect_atomic_is_close(batch_norm_forward_case({.tensor = GetParam()}));
}

TEST_P(ImageChannels, BatchNormBackwardIsDeterministicAndAccurate) {
  expect_deterministic(batch_norm_backward_case({.tensor = GetParam()}));
  expect_atomic_is_close(batch_norm_backward_case({.tensor = GetParam()}));
}

INSTANTIATE_TEST_SUITE_P(Shapes, ImageChannels, testing::ValuesIn(kShapes));

// The backward reference against central differences of the float64 forward pass.
TEST(ImageBatchNormReference, GradientsAreDifferencesOfForward) {
  BatchNormShape shape{.tensor = kShapes[0]};
  const ChannelShape& t = shape.tensor;
  auto x = trial_values(t.elements(), 1), dy = trial_values(t.elements(), 4);
  auto gamma = trial_values(t.channels, 2), beta = trial_values(t.channels, 3);
  auto loss = [&] {
    Reference y = batch_norm_forward_reference(shape, x, gamma, beta);
    double sum = 0;
    for (size_t i = 0; i < dy.size(); ++i) sum += dy[i] * y.values[i];
    return sum;
  };
  auto difference = [&](float& element) {
    constexpr float kStep = 0x1p-9f;
    float kept = element;
    element = kept + kStep;
    double up = loss(), high = element;
    element = kept - kStep;
    double slope = (up - loss()) / (high - element);
    element = kept;
    return slope;
  };
  Statistics s = statistics(shape, x);
  Reference gradient = batch_norm_backward_reference(shape, x, dy, gamma, s.mean, s.rstd);
  // The step's third-order term and float32 statistics leave about 1e-5.
  for (size_t i = 0; i < x.size(); i += 11) {
    EXPECT_NEAR(gradient.values[i], difference(x[i]), 2e-4) << "x " << i;
  }
  for (size_t c = 0; c < t.channels; ++c) {
    EXPECT_NEAR(gradient.values[t.elements() + c], difference(gamma[c]), 1e-4);
    EXPECT_NEAR(gradient.values[t.elements() + t.channels + c], difference(beta[c]), 1e-8);
  }
}

// Relu in the epilogue is relu after it, forward and backward.
TEST(ImageBatchNormEpilogue, EqualsReluApart) {
  BatchNormShape plain{.tensor = kShapes[1]}, fused = plain;
  fused.epilogue = Epilogue::kRelu;
  const ChannelShape& t = plain.tensor;
  auto x = channel_offset_values(t), dy = trial_values(t.elements(), 4);
  auto gamma = trial_values(t.channels, 2), beta = trial_values(t.channels, 3);
  BatchNormParameters parameters{gamma.data(), beta.data()};
  std::vector<float> y(t.elements()), relu(t.elements()), mean(t.channels), rstd(t.channels);
  std::vector<float> workspace(batch_norm_workspace(plain));
  Pool pool(2);
  auto forward = [&](const BatchNormShape& shape, std::vector<float>& out) {
    batch_norm_forward_train(pool, Variant::kDeterministic, shape, x.data(), parameters, out.data(),
                             mean.data(), rstd.data(), nullptr, nullptr, workspace.data());
  };
  forward(plain, y);
  forward(fused, relu);
  std::vector<float> masked = dy;
  for (size_t i = 0; i < y.size(); ++i) {
    ASSERT_EQ(relu[i], y[i] > 0 ? y[i] : 0.0f);
    if (!(y[i] > 0)) masked[i] = 0;
  }
  auto backward = [&](const BatchNormShape& shape, const std::vector<float>& from) {
    std::vector<float> out(t.elements() + 2 * t.channels);
    batch_norm_backward(pool, Variant::kDeterministic, shape, x.data(), from.data(), parameters,
                        mean.data(), rstd.data(), out.data(), out.data() + t.elements(),
                        out.data() + t.elements() + t.channels, workspace.data());
    return out;
  };
  EXPECT_EQ(backward(fused, dy), backward(plain, masked));
}

TEST(ImageBatchNormTrain, UpdatesRunningStatistics) {
  BatchNormShape shape{.tensor = {.batch = 2, .channels = 1, .plane = 2}, .momentum = 0.25f};
  std::vector<float> x = {1, 2, 3, 6}, y(4), gamma = {1}, beta = {0}, mean(1), rstd(1);
  std::vector<float> running_mean = {4}, running_variance = {8};
  std::vector<float> workspace(batch_norm_workspace(shape));
  Pool pool(1);
  batch_norm_forward_train(pool, Variant::kDeterministic, shape, x.data(),
                           {gamma.data(), beta.data()}, y.data(), mean.data(), rstd.data(),
                           running_mean.data(), running_variance.data(), workspace.data());
  EXPECT_FLOAT_EQ(mean[0], 3.0f);
  EXPECT_FLOAT_EQ(running_mean[0], 0.75f * 4 + 0.25f * 3);
  EXPECT_FLOAT_EQ(running_variance[0], 0.75f * 8 + 0.25f * (14.0f / 3));  // unbiased: 14 / (4 - 1)
}

TEST(ImageBatchNormInfer, UsesTheGivenStatistics) {
  BatchNormShape shape{.tensor = {.batch = 1, .channels = 2, .plane = 2}, .epsilon = 0};
  std::vector<float> x = {1, 3, 10, 20}, y(4), gamma = {2, 1}, beta = {1, 0};
  std::vector<float> mean = {1, 10}, variance = {4, 25};
  Pool pool(2);
  batch_norm_forward_infer(pool, shape, x.data(), {gamma.data(), beta.data()}, mean.data(),
                           variance.data(), y.data());
  std::vector<float> expected = {1, 3, 0, 2};
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(y[i], expected[i], 1e-6);
}

// 64 chunks meet in each channel's sum.
TEST(ImageChannelsAtomic, SumVaries) {
  EXPECT_GT(distinct_atomic(channel_sum_case(kContended)), 1u);
}
TEST(ImageChannelsAtomic, BatchNormForwardVaries) {
  EXPECT_GT(distinct_atomic(batch_norm_forward_case({.tensor = kContended})), 1u);
}
TEST(ImageChannelsAtomic, BatchNormBackwardVaries) {
  EXPECT_GT(distinct_atomic(batch_norm_backward_case({.tensor = kContended})), 1u);
}

}  // namespace
}  // namespace detaudit::kernels
