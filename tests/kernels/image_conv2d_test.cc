#include <cmath>

#include "kernels/conv2d.h"
#include "kernels/gemm.h"
#include "tests/kernels/image_trial.h"

namespace detaudit::kernels {
namespace {

// Odd sizes, strides, paddings, one pixel, and the workload's.
const Conv2dShape kShapes[] = {
    {.batch = 2,
     .in_channels = 3,
     .in_height = 9,
     .in_width = 7,
     .out_channels = 5,
     .kernel_height = 3,
     .kernel_width = 3,
     .padding = 1},
    {.batch = 3,
     .in_channels = 2,
     .in_height = 11,
     .in_width = 13,
     .out_channels = 4,
     .kernel_height = 5,
     .kernel_width = 3,
     .stride = 2,
     .padding = 2},
    {.batch = 5,
     .in_channels = 1,
     .in_height = 8,
     .in_width = 8,
     .out_channels = 1,
     .kernel_height = 2,
     .kernel_width = 2,
     .stride = 3},
    {.batch = 1, .in_channels = 4, .in_height = 1, .in_width = 1, .out_channels = 6},
    {.batch = 20,
     .in_channels = 16,
     .in_height = 14,
     .in_width = 14,
     .out_channels = 17,
     .kernel_height = 5,
     .kernel_width = 5,
     .padding = 2},
    {.batch = 2,
     .in_channels = 3,
     .in_height = 4,
     .in_width = 40,
     .out_channels = 40,
     .kernel_height = 3,
     .kernel_width = 1,
     .padding = 1},
};

// Many windows over few elements: what makes arrival order show.
const Conv2dShape kContended{.batch = 32,
                             .in_channels = 4,
                             .in_height = 16,
                             .in_width = 16,
                             .out_channels = 8,
                             .kernel_height = 5,
                             .kernel_width = 5,
                             .padding = 2};

PairCase forward(const Conv2dShape& shape, bool with_bias) {
  auto x = trial_values(shape.x_elements(), 1), w = trial_values(shape.weight_elements(), 2);
  auto bias = trial_values(with_bias ? shape.out_channels : 0, 3);
  return forward_case(
      conv2d_forward_reference(shape, x, w, bias), shape.patch() + 1,
      [=](Pool& pool, Variant, float* y) {
        std::vector<float> workspace(conv2d_forward_workspace(shape, pool.threads()));
        conv2d_forward(pool, shape, x.data(), w.data(), bias.empty() ? nullptr : bias.data(), y,
                       workspace.data());
      });
}

class ImageConv2d : public testing::TestWithParam<Conv2dShape> {};

TEST_P(ImageConv2d, ForwardIsDeterministicAndAccurate) {
  expect_deterministic(forward(GetParam(), true));
  expect_deterministic(forward(GetParam(), false));
}

TEST_P(ImageConv2d, BackwardDataIsDeterministicAndAccurate) {
  expect_deterministic(conv2d_backward_data_case(GetParam()));
  expect_atomic_is_close(conv2d_backward_data_case(GetParam()));
}

TEST_P(ImageConv2d, BackwardWeightIsDeterministicAndAccurate) {
  expect_deterministic(conv2d_backward_weight_case(GetParam()));
  expect_atomic_is_close(conv2d_backward_weight_case(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Shapes, ImageConv2d, testing::ValuesIn(kShapes));

// The references are held to the definition of a gradient: the loss sum(dy * y(x, w)) is linear in
// each argument, so a central difference of the float64 forward pass is exact up to rounding.
TEST(ImageConv2dReference, GradientsAreDifferencesOfForward) {
  const Conv2dShape& shape = kShapes[1];
  auto x = trial_values(shape.x_elements(), 1), w = trial_values(shape.weight_elements(), 2);
  auto dy = trial_values(shape.y_elements(), 4);
  auto loss = [&] {
    Reference y = conv2d_forward_reference(shape, x, w, {});
    double sum = 0;
    for (size_t i = 0; i < dy.size(); ++i) sum += dy[i] * y.values[i];
    return sum;
  };
  auto difference = [&](float& element) {
    float kept = element;
    element = kept + 0.5f;
    double up = loss(), step = element;
    element = kept - 0.5f;
    double slope = (up - loss()) / (step - element);
    element = kept;
    return slope;
  };
  Reference dx = conv2d_backward_data_reference(shape, w, dy);
  Reference dw = conv2d_backward_weight_reference(shape, x, dy);
  for (size_t i = 0; i < x.size(); i += 7) EXPECT_NEAR(dx.values[i], difference(x[i]), 1e-10);
  for (size_t i = 0; i < w.size(); i += 5) EXPECT_NEAR(dw.values[i], difference(w[i]), 1e-10);
}

// Every forward output is one fma chain from the bias, over (channel, row, column).
TEST(ImageConv2dForward, IsOneChainInKernelOrder) {
  const Conv2dShape& shape = kShapes[0];
  auto x = trial_values(shape.x_elements(), 1), w = trial_values(shape.weight_elements(), 2);
  auto bias = trial_values(shape.out_channels, 3);
  PairCase chains = forward(shape, true);
  std::vector<float> y(shape.y_elements());
  Pool pool(2);
  chains.run(pool, Variant::kDeterministic, y.data());
  for (size_t i = 0; i < y.size(); ++i) {
    size_t column = i % shape.out_width(), row = i / shape.out_width() % shape.out_height();
    size_t channel = i / shape.out_plane() % shape.out_channels;
    size_t image = i / shape.out_plane() / shape.out_channels;
    float chain = bias[channel];
    for (size_t k = 0; k < shape.patch(); ++k) {
      size_t in_row = row + k / 3 % 3 - 1, in_column = column + k % 3 - 1;
      bool inside = in_row < shape.in_height && in_column < shape.in_width;
      size_t plane = image * shape.in_channels + k / 9;
      float value =
          inside ? x[(plane * shape.in_height + in_row) * shape.in_width + in_column] : 0.0f;
      chain = std::fma(w[channel * shape.patch() + k], value, chain);
    }
    ASSERT_EQ(y[i], chain) << "output " << i;
  }
}

TEST(ImageConv2dForward, WithoutBiasEqualsZeroBias) {
  const Conv2dShape& shape = kShapes[0];
  auto x = trial_values(shape.x_elements(), 1), w = trial_values(shape.weight_elements(), 2);
  std::vector<float> zero(shape.out_channels), with(shape.y_elements()), without(with.size());
  Pool pool(1);
  std::vector<float> workspace(conv2d_forward_workspace(shape, 1));
  conv2d_forward(pool, shape, x.data(), w.data(), zero.data(), with.data(), workspace.data());
  conv2d_forward(pool, shape, x.data(), w.data(), nullptr, without.data(), workspace.data());
  EXPECT_EQ(with, without);
}

TEST(ImageConv2dAtomic, BackwardDataVaries) {
  EXPECT_GT(distinct_atomic(conv2d_backward_data_case(kContended)), 1u);
}

TEST(ImageConv2dAtomic, BackwardWeightVaries) {
  EXPECT_GT(distinct_atomic(conv2d_backward_weight_case(kContended)), 1u);
}

}  // namespace
}  // namespace detaudit::kernels
