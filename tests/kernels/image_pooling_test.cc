#include <limits>

#include "kernels/pooling.h"
#include "tests/kernels/image_trial.h"

namespace detaudit::kernels {
namespace {

const MaxPool2dShape kShapes[] = {
    {.planes = 6, .in_height = 14, .in_width = 14},
    {.planes = 3, .in_height = 9, .in_width = 11, .window = 2, .stride = 2, .padding = 0},
    {.planes = 4, .in_height = 10, .in_width = 7, .window = 5, .stride = 1, .padding = 2},
    {.planes = 2, .in_height = 13, .in_width = 13, .window = 3, .stride = 4, .padding = 2},
    {.planes = 1, .in_height = 1, .in_width = 1},
    {.planes = 2, .in_height = 40, .in_width = 6, .window = 6, .stride = 3, .padding = 5},
    {.planes = 2, .in_height = 300, .in_width = 301},  // several bands a plane
};

struct Pooled {
  std::vector<float> y;
  std::vector<int32_t> argmax;
};

Pooled pooled(const MaxPool2dShape& shape, const std::vector<float>& x, unsigned threads = 2) {
  Pooled out{std::vector<float>(shape.planes * shape.out_plane()),
             std::vector<int32_t>(shape.planes * shape.out_plane())};
  Pool pool(threads);
  max_pool2d_forward(pool, shape, x.data(), out.y.data(), out.argmax.data());
  return out;
}

class ImagePooling : public testing::TestWithParam<MaxPool2dShape> {};

TEST_P(ImagePooling, ForwardTakesTheFirstLargest) {
  const MaxPool2dShape& shape = GetParam();
  auto x = trial_values(shape.planes * shape.in_plane(), 1);
  for (float& value : x) value = static_cast<float>(static_cast<int>(value * 4));  // ties
  Pooled got = pooled(shape, x);
  for (size_t i = 0; i < got.y.size(); ++i) {
    size_t top = i / shape.out_width() % shape.out_height() * shape.stride;
    size_t left = i % shape.out_width() * shape.stride;
    const float* plane = x.data() + i / shape.out_plane() * shape.in_plane();
    int32_t best = -1;
    for (size_t r = top; r < top + shape.window; ++r) {
      for (size_t c = left; c < left + shape.window; ++c) {
        size_t row = r - shape.padding, column = c - shape.padding;
        if (row >= shape.in_height || column >= shape.in_width) continue;
        auto index = static_cast<int32_t>(row * shape.in_width + column);
        if (best < 0 || plane[index] > plane[best]) best = index;
      }
    }
    ASSERT_EQ(got.argmax[i], best) << "output " << i;
    ASSERT_EQ(got.y[i], plane[best]) << "output " << i;
  }
}

TEST_P(ImagePooling, BackwardIsDeterministicAndAccurate) {
  expect_deterministic(max_pool2d_backward_case(GetParam()));
  expect_atomic_is_close(max_pool2d_backward_case(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Shapes, ImagePooling, testing::ValuesIn(kShapes));

TEST(ImagePoolingForward, NanWinsAndMinusInfinityIsAValue) {
  MaxPool2dShape shape{
      .planes = 1, .in_height = 2, .in_width = 6, .window = 2, .stride = 2, .padding = 0};
  float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  std::vector<float> x = {1, nan, -inf, -inf, 3, 4,  //
                          9, 2,   -inf, -inf, 5, 6};
  Pooled got = pooled(shape, x);
  EXPECT_NE(got.y[0], got.y[0]);
  EXPECT_EQ(got.argmax[0], 1);
  EXPECT_EQ(got.y[1], -inf);
  EXPECT_EQ(got.argmax[1], 2);
  EXPECT_EQ(got.argmax[2], 11);
}

// An element is named by four windows of two output rows; where a block of outputs ends between
// them, two threads meet there.
TEST(ImagePoolingAtomic, BackwardVaries) {
  MaxPool2dShape shape{
      .planes = 64, .in_height = 28, .in_width = 28, .window = 5, .stride = 1, .padding = 2};
  EXPECT_GT(distinct_atomic(max_pool2d_backward_case(shape)), 1u);
}

}  // namespace
}  // namespace detaudit::kernels
