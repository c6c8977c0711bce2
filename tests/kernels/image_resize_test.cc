#include "kernels/resize.h"
#include "tests/kernels/image_trial.h"

namespace detaudit::kernels {
namespace {

const ResizeShape kShapes[] = {
    {.planes = 5, .in_height = 7, .in_width = 7, .out_height = 8, .out_width = 8},
    {.planes = 3, .in_height = 5, .in_width = 9, .out_height = 23, .out_width = 31},
    {.planes = 2, .in_height = 28, .in_width = 30, .out_height = 11, .out_width = 7},
    {.planes = 1, .in_height = 1, .in_width = 1, .out_height = 4, .out_width = 3},
    {.planes = 2, .in_height = 6, .in_width = 5, .out_height = 1, .out_width = 1},
    {.planes = 2, .in_height = 16, .in_width = 16, .out_height = 16, .out_width = 16},
    {.planes = 2, .in_height = 3, .in_width = 200, .out_height = 300, .out_width = 90},
};

class ImageResize : public testing::TestWithParam<ResizeShape> {};

TEST_P(ImageResize, ForwardIsDeterministicAndAccurate) {
  const ResizeShape& shape = GetParam();
  auto x = trial_values(shape.planes * shape.in_height * shape.in_width, 1);
  expect_deterministic(forward_case(
      bilinear_resize_forward_reference(shape, x), 7, [&](Pool& pool, Variant, float* y) {
        std::vector<float> workspace(bilinear_resize_workspace(shape, pool.threads()));
        bilinear_resize_forward(pool, shape, x.data(), y, workspace.data());
      }));
}

TEST_P(ImageResize, BackwardIsDeterministicAndAccurate) {
  expect_deterministic(bilinear_resize_backward_case(GetParam()));
  expect_atomic_is_close(bilinear_resize_backward_case(GetParam()));
}

// sum(dy * resize(x)) = sum(x * resize_backward(dy)): backward is the transpose of forward.
TEST_P(ImageResize, BackwardIsTheTransposeOfForward) {
  const ResizeShape& shape = GetParam();
  auto x = trial_values(shape.planes * shape.in_height * shape.in_width, 1);
  auto dy = trial_values(shape.planes * shape.out_height * shape.out_width, 2);
  Reference y = bilinear_resize_forward_reference(shape, x);
  Reference dx = bilinear_resize_backward_reference(shape, dy);
  double forward = 0, backward = 0;
  for (size_t i = 0; i < dy.size(); ++i) forward += dy[i] * y.values[i];
  for (size_t i = 0; i < x.size(); ++i) backward += x[i] * dx.values[i];
  EXPECT_NEAR(forward, backward, 1e-9);
}

INSTANTIATE_TEST_SUITE_P(Shapes, ImageResize, testing::ValuesIn(kShapes));

TEST(ImageResizeTap, HalfPixelCentresAndClampedEdges) {
  // As torch.nn.functional.interpolate([0, 1], 4): 0, 0.25, 0.75, 1.
  EXPECT_EQ(resize_tap(0, 2, 4).low, 0u);
  EXPECT_EQ(resize_tap(0, 2, 4).high_weight, 0.0f);
  EXPECT_EQ(resize_tap(1, 2, 4).high_weight, 0.25f);
  EXPECT_EQ(resize_tap(2, 2, 4).high_weight, 0.75f);
  ResizeTap last = resize_tap(3, 2, 4);
  EXPECT_EQ(last.low, 1u);
  EXPECT_EQ(last.high, 1u);
}

TEST(ImageResizeForward, SameSizeCopies) {
  ResizeShape shape{.planes = 1, .in_height = 4, .in_width = 5, .out_height = 4, .out_width = 5};
  auto x = trial_values(20, 1);
  std::vector<float> y(20), workspace(bilinear_resize_workspace(shape, 1));
  Pool pool(1);
  bilinear_resize_forward(pool, shape, x.data(), y.data(), workspace.data());
  EXPECT_EQ(x, y);
}

// Enlarged fourfold, an input is written by 64 outputs of 8 rows.
TEST(ImageResizeAtomic, BackwardVaries) {
  ResizeShape shape{
      .planes = 16, .in_height = 16, .in_width = 16, .out_height = 64, .out_width = 64};
  EXPECT_GT(distinct_atomic(bilinear_resize_backward_case(shape)), 1u);
}

}  // namespace
}  // namespace detaudit::kernels
