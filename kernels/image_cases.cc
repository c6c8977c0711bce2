#include "kernels/image_cases.h"

#include "kernels/image_reference.h"

namespace detaudit::kernels {
namespace {

PairCase make_case(Reference reference, size_t roundings,
                   std::function<void(Pool&, Variant, float*)> run) {
  size_t elements = reference.values.size();
  return {elements, std::move(run), std::move(reference.values), std::move(reference.magnitudes),
          rounding_bound(roundings)};
}

// A term of a channel's sum may meet all of its chunk in one lane, the fold and all chunks.
size_t channel_roundings(const ChannelShape& shape) { return shape.per_channel() + 8; }

// Outputs that read one input, in one dimension of a resize.
size_t readers(size_t in_size, size_t out_size) { return 2 * block_count(out_size, in_size) + 2; }

}  // namespace

PairCase conv2d_backward_data_case(const Conv2dShape& shape) {
  auto weights = trial_values(shape.weight_elements(), 2);
  auto dy = trial_values(shape.y_elements(), 4);
  size_t roundings = shape.out_channels * shape.kernel_height * shape.kernel_width;
  return make_case(
      conv2d_backward_data_reference(shape, weights, dy), roundings,
      [=](Pool& pool, Variant variant, float* dx) {
        std::vector<float> workspace(conv2d_backward_data_workspace(shape, pool.threads()));
        conv2d_backward_data(pool, variant, shape, weights.data(), dy.data(), dx, workspace.data());
      });
}

PairCase conv2d_backward_weight_case(const Conv2dShape& shape) {
  auto x = trial_values(shape.x_elements(), 1), dy = trial_values(shape.y_elements(), 4);
  // A product's chain runs over at most all positions; its partial over at most 16 chunks.
  return make_case(
      conv2d_backward_weight_reference(shape, x, dy), shape.batch * shape.out_plane() + 16,
      [=](Pool& pool, Variant variant, float* dweights) {
        std::vector<float> workspace(conv2d_backward_weight_workspace(shape, pool.threads()));
        conv2d_backward_weight(pool, variant, shape, x.data(), dy.data(), dweights,
                               workspace.data());
      });
}

PairCase max_pool2d_backward_case(const MaxPool2dShape& shape) {
  auto x = trial_values(shape.planes * shape.in_plane(), 1);
  auto dy = trial_values(shape.planes * shape.out_plane(), 2);
  std::vector<float> y(dy.size());
  std::vector<int32_t> argmax(dy.size());
  Pool alone(1);
  max_pool2d_forward(alone, shape, x.data(), y.data(), argmax.data());
  size_t overlap = block_count(shape.window, shape.stride);
  return make_case(max_pool2d_backward_reference(shape, dy, argmax), overlap * overlap,
                   [=](Pool& pool, Variant variant, float* dx) {
                     max_pool2d_backward(pool, variant, shape, dy.data(), argmax.data(), dx);
                   });
}

PairCase bilinear_resize_backward_case(const ResizeShape& shape) {
  auto dy = trial_values(shape.planes * shape.out_height * shape.out_width, 2);
  size_t rows = readers(shape.in_height, shape.out_height);
  size_t columns = readers(shape.in_width, shape.out_width);
  // Atomic: one sum over rows * columns outputs; either way three roundings in the weights.
  return make_case(bilinear_resize_backward_reference(shape, dy), rows * columns + 3,
                   [=](Pool& pool, Variant variant, float* dx) {
                     std::vector<float> workspace(bilinear_resize_workspace(shape, pool.threads()));
                     bilinear_resize_backward(pool, variant, shape, dy.data(), dx,
                                              workspace.data());
                   });
}

PairCase channel_sum_case(const ChannelShape& shape) {
  auto x = trial_values(shape.elements(), 1);
  return make_case(channel_sum_reference(shape, x), channel_roundings(shape),
                   [=](Pool& pool, Variant variant, float* out) {
                     std::vector<float> workspace(channel_sum_workspace(shape));
                     channel_sum(pool, variant, shape, x.data(), out, workspace.data());
                   });
}

std::vector<float> channel_offset_values(const ChannelShape& shape) {
  auto x = trial_values(shape.elements(), 1);
  for (size_t i = 0; i < x.size(); ++i) {
    x[i] += 100.0f * static_cast<float>(i / shape.plane % shape.channels);
  }
  return x;
}

PairCase batch_norm_forward_case(const BatchNormShape& shape) {
  const ChannelShape& t = shape.tensor;
  auto x = channel_offset_values(t);
  auto gamma = trial_values(t.channels, 2), beta = trial_values(t.channels, 3);
  return make_case(batch_norm_forward_reference(shape, x, gamma, beta), channel_roundings(t) + 8,
                   [=](Pool& pool, Variant variant, float* out) {
                     std::vector<float> workspace(batch_norm_workspace(shape));
                     float* mean = out + shape.tensor.elements();
                     batch_norm_forward_train(
                         pool, variant, shape, x.data(), {gamma.data(), beta.data()}, out, mean,
                         mean + shape.tensor.channels, nullptr, nullptr, workspace.data());
                   });
}

PairCase batch_norm_backward_case(const BatchNormShape& shape) {
  const ChannelShape& t = shape.tensor;
  auto x = channel_offset_values(t), dy = trial_values(t.elements(), 4);
  auto gamma = trial_values(t.channels, 2), beta = trial_values(t.channels, 3);
  Reference forward = batch_norm_forward_reference(shape, x, gamma, beta);
  auto first_mean = forward.values.begin() + static_cast<ptrdiff_t>(t.elements());
  auto first_rstd = first_mean + static_cast<ptrdiff_t>(t.channels);
  std::vector<float> mean(first_mean, first_rstd), rstd(first_rstd, forward.values.end());
  return make_case(batch_norm_backward_reference(shape, x, dy, gamma, mean, rstd),
                   channel_roundings(t) + 8, [=](Pool& pool, Variant variant, float* out) {
                     std::vector<float> workspace(batch_norm_workspace(shape));
                     float* dgamma = out + shape.tensor.elements();
                     batch_norm_backward(pool, variant, shape, x.data(), dy.data(),
                                         {gamma.data(), beta.data()}, mean.data(), rstd.data(), out,
                                         dgamma, dgamma + shape.tensor.channels, workspace.data());
                   });
}

}  // namespace detaudit::kernels
