#include "kernels/cuda/rows.h"

#include "tests/kernels/cuda/twin_harness.h"

namespace detaudit::kernels::cuda {
namespace {

constexpr MatrixShape kShapes[] = {{1, 1},   {2, 7},   {5, 8},    {33, 31},
                                   {70, 33}, {9, 128}, {3, 1000}, {4200, 5}};

// On a Pool or a Stream, whose functions differ by namespace alone: all outputs in a row.
template <class Device>
std::vector<Floats> layer_norm_on(Device& device, Variant variant, MatrixShape shape, Values kind) {
  const size_t n = shape.rows * shape.cols;
  const Floats x = make_values(n, 1, kind), dy = make_values(n, 2, kind);
  const Floats gamma = make_values(shape.cols, 3, kind), beta = make_values(shape.cols, 4, kind);
  Floats workspace(layer_norm_workspace_bytes(shape) / sizeof(float));
  Floats y = garbage(n), mean = garbage(shape.rows), rstd = mean, dx = y;
  Floats dgamma = garbage(shape.cols), dbeta = dgamma;
  layer_norm_forward(device, shape, x.data(), gamma.data(), beta.data(), y.data(), mean.data(),
                     rstd.data());
  layer_norm_backward(device, variant, shape, {x.data(), gamma.data(), mean.data(), rstd.data()},
                      {dy.data()}, {dx.data(), dgamma.data(), dbeta.data()}, workspace.data());
  return {y, mean, rstd, dx, dgamma, dbeta};
}

TEST(EmulatedRows, LayerNorm) {
  under_every_order([&](Stream& stream) {
    for (MatrixShape shape : kShapes)
      for (Values kind : kAllValues) {
        const auto cpu = layer_norm_on(test_pool(), Variant::kDeterministic, shape, kind);
        const auto device = layer_norm_on(stream, Variant::kDeterministic, shape, kind);
        for (size_t i = 0; i < cpu.size(); ++i)
          expect_same_bits(cpu[i], device[i], "layer norm output " + std::to_string(i));
      }
  });
}

// A residual connection with dropout that ends in a norm, and one without that ends in the next.
template <class Device>
std::vector<Floats> residual_norm_on(Device& device, MatrixShape shape, Values kind) {
  const size_t n = shape.rows * shape.cols;
  const Floats trunk = make_values(n, 1, kind), branch = make_values(n, 2, kind);
  const Floats gamma = make_values(shape.cols, 3, kind), beta = make_values(shape.cols, 4, kind);
  const Floats dy = make_values(n, 5, kind), past = make_values(n, 6, kind);
  Floats workspace(layer_norm_workspace_bytes(shape) / sizeof(float));
  Floats sum = garbage(n), y = sum, next = sum, next_y = sum, mean = garbage(shape.rows);
  Floats rstd = mean, next_mean = mean, next_rstd = mean, dx = sum, dbranch = sum;
  Floats dgamma = garbage(shape.cols), dbeta = dgamma;
  std::vector<uint8_t> mask(n, 7);
  Philox state = philox_stream(5, 2);
  dropout_add_layer_norm_forward(device, shape, {&state, 0.3f, mask.data()},
                                 {trunk.data(), branch.data(), sum.data()}, gamma.data(),
                                 beta.data(), y.data(), mean.data(), rstd.data());
  add_layer_norm_forward(device, shape, {sum.data(), y.data(), next.data()}, gamma.data(),
                         beta.data(), next_y.data(), next_mean.data(), next_rstd.data());
  layer_norm_backward(device, Variant::kDeterministic, shape,
                      {sum.data(), gamma.data(), mean.data(), rstd.data(), mask.data(), 0.3f},
                      {dy.data(), past.data()},
                      {dx.data(), dgamma.data(), dbeta.data(), dbranch.data()}, workspace.data());
  return {sum,       y,
          mean,      rstd,
          next,      next_y,
          next_mean, dx,
          dbranch,   dgamma,
          dbeta,     Floats(mask.begin(), mask.end()),
          next_rstd, Floats(state.counter.begin(), state.counter.end())};
}

TEST(EmulatedRows, ResidualNorm) {
  under_every_order([&](Stream& stream) {
    for (MatrixShape shape : kShapes)
      for (Values kind : kAllValues) {
        const auto cpu = residual_norm_on(test_pool(), shape, kind);
        const auto device = residual_norm_on(stream, shape, kind);
        for (size_t i = 0; i < cpu.size(); ++i)
          expect_same_bits(cpu[i], device[i], "residual norm output " + std::to_string(i));
      }
  });
}

std::vector<int32_t> make_labels(SoftmaxShape shape) {
  std::vector<int32_t> labels(shape.rows);
  for (size_t i = 0; i < labels.size(); ++i)
    labels[i] = static_cast<int32_t>(i * 7 % shape.classes);
  return labels;
}

template <class Device>
std::vector<Floats> softmax_on(Device& device, Variant variant, SoftmaxShape shape, Values kind) {
  const size_t n = shape.rows * shape.classes;
  const Floats logits = make_values(n, 1, kind);
  const std::vector<int32_t> labels = make_labels(shape);
  Floats workspace(shape.rows), plain = garbage(n), probabilities = garbage(n), loss(1);
  Floats dlogits = garbage(n);
  softmax(device, shape, logits.data(), plain.data());
  softmax_cross_entropy_forward(device, variant, shape, logits.data(), labels.data(),
                                probabilities.data(), loss.data(), workspace.data());
  softmax_cross_entropy_backward(device, shape, probabilities.data(), labels.data(),
                                 dlogits.data());
  return {plain, probabilities, loss, dlogits};
}

TEST(EmulatedRows, SoftmaxCrossEntropy) {
  under_every_order([&](Stream& stream) {
    for (auto [rows, classes] : kShapes)
      for (Values kind : kAllValues) {
        const SoftmaxShape shape{rows, classes};
        const auto cpu = softmax_on(test_pool(), Variant::kDeterministic, shape, kind);
        const auto device = softmax_on(stream, Variant::kDeterministic, shape, kind);
        for (size_t i = 0; i < cpu.size(); ++i)
          expect_same_bits(cpu[i], device[i], "softmax output " + std::to_string(i));
      }
  });
}

TEST(EmulatedRows, AtomicIsClose) {
  emulation().host_threads = 2;
  Stream stream;
  const SoftmaxShape shape{1000, 10};
  const auto cpu = softmax_on(test_pool(), Variant::kDeterministic, shape, Values::kOrdinary);
  const auto device = softmax_on(stream, Variant::kAtomic, shape, Values::kOrdinary);
  // Losses are below 7; a term meets at most 80 roundings either way.
  expect_close(cpu[2], device[2], 2 * 80 * 0x1p-24f * 7);
  const MatrixShape matrix{500, 20};
  const auto in = layer_norm_on(test_pool(), Variant::kDeterministic, matrix, Values::kOrdinary);
  const auto out = layer_norm_on(stream, Variant::kAtomic, matrix, Values::kOrdinary);
  for (size_t i : {4u, 5u}) expect_close(in[i], out[i], 2 * 60 * 0x1p-24f * 10 * 500);
  emulation().host_threads = 1;
}

}  // namespace
}  // namespace detaudit::kernels::cuda
