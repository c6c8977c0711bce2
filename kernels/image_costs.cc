#include "kernels/image_costs.h"

#include "kernels/pair_trial.h"
#include "kernels/private_merge_image.h"

namespace detaudit::kernels {
namespace {

constexpr double kBudgetSeconds = 0.05;

const Conv2dShape kConv2d{.batch = 32,
                          .in_channels = 16,
                          .in_height = 14,
                          .in_width = 14,
                          .out_channels = 32,
                          .kernel_height = 5,
                          .kernel_width = 5,
                          .padding = 2};
constexpr const char* kConv2dText = "contended: batch=32 16x14x14 to 32 channels, kernel 5x5";

// A batch norm of the workload's size, with its inputs and outputs.
struct BatchNormTrial {
  BatchNormShape shape{.tensor = {.batch = 64, .channels = 32, .plane = 196}};
  std::vector<float> x = trial_values(shape.tensor.elements(), 1);
  std::vector<float> dy = trial_values(shape.tensor.elements(), 2);
  std::vector<float> gamma = trial_values(shape.tensor.channels, 3);
  std::vector<float> beta = trial_values(shape.tensor.channels, 4);
  std::vector<float> out = std::vector<float>(shape.tensor.elements());
  std::vector<float> mean = std::vector<float>(shape.tensor.channels);
  std::vector<float> rstd = std::vector<float>(shape.tensor.channels, 1.7f);
  std::vector<float> dgamma = mean, dbeta = mean;
  std::vector<float> workspace = std::vector<float>(batch_norm_workspace(shape));
  BatchNormParameters parameters{gamma.data(), beta.data()};
};
constexpr const char* kBatchNormText = "contended: batch=64 channels=32 plane=196";

}  // namespace

PairCost conv2d_backward_data_cost(Pool& pool) {
  auto weights = trial_values(kConv2d.weight_elements(), 1);
  auto dy = trial_values(kConv2d.y_elements(), 2);
  std::vector<float> dx(kConv2d.x_elements());
  std::vector<float> workspace(conv2d_backward_data_workspace(kConv2d, pool.threads()));
  PrivateCopies copies(pool.threads(), dx.size());
  auto run = [&](Variant variant) {
    conv2d_backward_data(pool, variant, kConv2d, weights.data(), dy.data(), dx.data(),
                         workspace.data());
  };
  return measure_pair(
      kConv2dText, kBudgetSeconds, [&] { run(Variant::kAtomic); },
      [&] { run(Variant::kDeterministic); },
      [&] {
        conv2d_backward_data_private(pool, kConv2d, weights.data(), dy.data(), dx.data(),
                                     workspace.data(), copies);
      });
}

PairCost conv2d_backward_weight_cost(Pool& pool) {
  auto x = trial_values(kConv2d.x_elements(), 1), dy = trial_values(kConv2d.y_elements(), 2);
  std::vector<float> dweights(kConv2d.weight_elements());
  std::vector<float> workspace(conv2d_backward_weight_workspace(kConv2d, pool.threads()));
  PrivateCopies copies(pool.threads(), conv2d_backward_weight_private_elements(kConv2d));
  auto run = [&](Variant variant) {
    conv2d_backward_weight(pool, variant, kConv2d, x.data(), dy.data(), dweights.data(),
                           workspace.data());
  };
  return measure_pair(
      kConv2dText, kBudgetSeconds, [&] { run(Variant::kAtomic); },
      [&] { run(Variant::kDeterministic); },
      [&] {
        conv2d_backward_weight_private(pool, kConv2d, x.data(), dy.data(), dweights.data(),
                                       workspace.data(), copies);
      });
}

PairCost max_pool2d_backward_cost(Pool& pool) {
  MaxPool2dShape shape{.planes = 1024, .in_height = 28, .in_width = 28};
  auto x = trial_values(shape.planes * shape.in_plane(), 1);
  auto dy = trial_values(shape.planes * shape.out_plane(), 2);
  std::vector<float> y(dy.size()), dx(x.size());
  std::vector<int32_t> argmax(dy.size());
  max_pool2d_forward(pool, shape, x.data(), y.data(), argmax.data());
  PrivateCopies copies(pool.threads(), dx.size());
  auto run = [&](Variant variant) {
    max_pool2d_backward(pool, variant, shape, dy.data(), argmax.data(), dx.data());
  };
  return measure_pair(
      "contended: planes=1024 28x28, window 3x3, stride 2", kBudgetSeconds,
      [&] { run(Variant::kAtomic); }, [&] { run(Variant::kDeterministic); },
      [&] {
        max_pool2d_backward_private(pool, shape, dy.data(), argmax.data(), dx.data(), copies);
      });
}

PairCost bilinear_resize_backward_cost(Pool& pool) {
  ResizeShape shape{
      .planes = 128, .in_height = 8, .in_width = 8, .out_height = 32, .out_width = 32};
  auto dy = trial_values(shape.planes * shape.out_height * shape.out_width, 1);
  std::vector<float> dx(shape.planes * shape.in_height * shape.in_width);
  std::vector<float> workspace(bilinear_resize_workspace(shape, pool.threads()));
  PrivateCopies copies(pool.threads(), dx.size());
  auto run = [&](Variant variant) {
    bilinear_resize_backward(pool, variant, shape, dy.data(), dx.data(), workspace.data());
  };
  return measure_pair(
      "contended: planes=128 8x8 to 32x32", kBudgetSeconds, [&] { run(Variant::kAtomic); },
      [&] { run(Variant::kDeterministic); },
      [&] {
        bilinear_resize_backward_private(pool, shape, dy.data(), dx.data(), workspace.data(),
                                         copies);
      });
}

PairCost channel_sum_cost(Pool& pool) {
  ChannelShape shape{.batch = 64, .channels = 32, .plane = 196};
  auto x = trial_values(shape.elements(), 1);
  std::vector<float> out(shape.channels), workspace(channel_sum_workspace(shape));
  PrivateCopies copies(pool.threads(), out.size());
  auto run = [&](Variant variant) {
    channel_sum(pool, variant, shape, x.data(), out.data(), workspace.data());
  };
  return measure_pair(
      kBatchNormText, kBudgetSeconds, [&] { run(Variant::kAtomic); },
      [&] { run(Variant::kDeterministic); },
      [&] { channel_sum_private(pool, shape, x.data(), out.data(), copies); });
}

PairCost batch_norm_forward_train_cost(Pool& pool) {
  BatchNormTrial t;
  PrivateCopies copies(pool.threads(), 2 * t.shape.tensor.channels);
  auto run = [&](Variant variant) {
    batch_norm_forward_train(pool, variant, t.shape, t.x.data(), t.parameters, t.out.data(),
                             t.mean.data(), t.rstd.data(), nullptr, nullptr, t.workspace.data());
  };
  return measure_pair(
      kBatchNormText, kBudgetSeconds, [&] { run(Variant::kAtomic); },
      [&] { run(Variant::kDeterministic); },
      [&] {
        batch_norm_forward_train_private(pool, t.shape, t.x.data(), t.parameters, t.out.data(),
                                         t.mean.data(), t.rstd.data(), t.workspace.data(), copies);
      });
}

PairCost batch_norm_backward_cost(Pool& pool) {
  BatchNormTrial t;
  PrivateCopies copies(pool.threads(), 2 * t.shape.tensor.channels);
  auto run = [&](Variant variant) {
    batch_norm_backward(pool, variant, t.shape, t.x.data(), t.dy.data(), t.parameters,
                        t.mean.data(), t.rstd.data(), t.out.data(), t.dgamma.data(), t.dbeta.data(),
                        t.workspace.data());
  };
  return measure_pair(
      kBatchNormText, kBudgetSeconds, [&] { run(Variant::kAtomic); },
      [&] { run(Variant::kDeterministic); },
      [&] {
        batch_norm_backward_private(pool, t.shape, t.x.data(), t.dy.data(), t.parameters,
                                    t.mean.data(), t.rstd.data(), t.out.data(), t.dgamma.data(),
                                    t.dbeta.data(), t.workspace.data(), copies);
      });
}

}  // namespace detaudit::kernels
