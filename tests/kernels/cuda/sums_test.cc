#include "kernels/cuda/sums.h"

#include "kernels/cuda/batch_norm.h"
#include "tests/kernels/cuda/twin_harness.h"

namespace detaudit::kernels::cuda {
namespace {

constexpr size_t kSizes[] = {0, 1, 7, 8, 33, 4095, 4096, 4097, 50000, 300001};

TEST(EmulatedSums, Whole) {
  under_every_order([&](Stream& stream) {
    for (size_t n : kSizes)
      for (Values kind : kAllValues) {
        if (kind == Values::kWild && n > 100) continue;  // all NaN
        const Floats x = make_values(n, 1, kind);
        Floats workspace(n / 4096 + 1), expected(1), result(1);
        kernels::sum(test_pool(), Variant::kDeterministic, n, x.data(), expected.data(),
                     workspace.data());
        sum(stream, Variant::kDeterministic, n, x.data(), result.data());
        expect_same_bits(expected, result, "sum of " + std::to_string(n));
        kernels::sum_of_squares(test_pool(), Variant::kDeterministic, n, x.data(), expected.data(),
                                workspace.data());
        sum_of_squares(stream, Variant::kDeterministic, n, x.data(), result.data());
        expect_same_bits(expected, result, "sum_of_squares of " + std::to_string(n));
      }
  });
}

TEST(EmulatedSums, Columns) {
  under_every_order([&](Stream& stream) {
    for (MatrixShape shape : {MatrixShape{1, 1}, {127, 3}, {128, 64}, {129, 65}, {1000, 7}})
      for (Values kind : kAllValues) {
        const Floats x = make_values(shape.rows * shape.cols, 1, kind);
        Floats workspace(column_sum_workspace_bytes(shape) / sizeof(float));
        Floats expected = garbage(shape.cols), result = garbage(shape.cols);
        kernels::column_sum(test_pool(), Variant::kDeterministic, shape, x.data(), expected.data(),
                            workspace.data());
        column_sum(stream, Variant::kDeterministic, shape, x.data(), result.data());
        expect_same_bits(expected, result, "column_sum");
      }
  });
}

constexpr ChannelShape kChannels[] = {{1, 1, 1},    {3, 2, 5},   {70, 9, 16}, {5, 17, 33},
                                      {2, 3, 1025}, {300, 5, 7}, {64, 16, 49}};

TEST(EmulatedSums, Channels) {
  under_every_order([&](Stream& stream) {
    for (const ChannelShape& shape : kChannels)
      for (Values kind : kAllValues) {
        const Floats x = make_values(shape.elements(), 1, kind);
        Floats workspace(channel_sum_workspace(shape));
        Floats expected = garbage(shape.channels), result = garbage(shape.channels);
        kernels::channel_sum(test_pool(), Variant::kDeterministic, shape, x.data(), expected.data(),
                             workspace.data());
        channel_sum(stream, Variant::kDeterministic, shape, x.data(), result.data());
        expect_same_bits(expected, result, "channel_sum");
      }
  });
}

struct Normed {
  Floats y, mean, rstd, running_mean, running_variance, dx, dgamma, dbeta, inferred;
};

void expect_same(const Normed& cpu, const Normed& device) {
  expect_same_bits(cpu.mean, device.mean, "mean");
  expect_same_bits(cpu.rstd, device.rstd, "rstd");
  expect_same_bits(cpu.y, device.y, "batch_norm_forward_train");
  expect_same_bits(cpu.running_mean, device.running_mean, "running mean");
  expect_same_bits(cpu.running_variance, device.running_variance, "running variance");
  expect_same_bits(cpu.dgamma, device.dgamma, "dgamma");
  expect_same_bits(cpu.dbeta, device.dbeta, "dbeta");
  expect_same_bits(cpu.dx, device.dx, "batch_norm_backward");
  expect_same_bits(cpu.inferred, device.inferred, "batch_norm_forward_infer");
}

// On a Pool or a Stream, whose functions differ by namespace alone.
template <class Device>
Normed batch_norm_on(Device& device, const BatchNormShape& shape, Values kind) {
  const size_t n = shape.tensor.elements(), channels = shape.tensor.channels;
  const Floats x = make_values(n, 1, kind), dy = make_values(n, 2, kind);
  const Floats gamma = make_values(channels, 3, kind), beta = make_values(channels, 4, kind);
  const BatchNormParameters parameters{gamma.data(), beta.data()};
  Floats workspace(batch_norm_workspace(shape));
  Normed out;
  out.y = out.dx = out.inferred = garbage(n);
  out.mean = out.rstd = out.dgamma = out.dbeta = garbage(channels);
  out.running_mean = make_values(channels, 5, kind);
  out.running_variance = Floats(channels, 0.75f);
  batch_norm_forward_train(device, Variant::kDeterministic, shape, x.data(), parameters,
                           out.y.data(), out.mean.data(), out.rstd.data(), out.running_mean.data(),
                           out.running_variance.data(), workspace.data());
  batch_norm_backward(device, Variant::kDeterministic, shape, x.data(), dy.data(), parameters,
                      out.mean.data(), out.rstd.data(), out.dx.data(), out.dgamma.data(),
                      out.dbeta.data(), workspace.data());
  batch_norm_forward_infer(device, shape, x.data(), parameters, out.running_mean.data(),
                           out.running_variance.data(), out.inferred.data());
  return out;
}

TEST(EmulatedSums, BatchNorm) {
  under_every_order([&](Stream& stream) {
    for (const ChannelShape& tensor : kChannels)
      for (Values kind : kAllValues)
        for (Epilogue epilogue : {Epilogue::kNone, Epilogue::kRelu}) {
          BatchNormShape shape;
          shape.tensor = tensor;
          shape.epilogue = epilogue;
          expect_same(batch_norm_on(test_pool(), shape, kind), batch_norm_on(stream, shape, kind));
        }
  });
}

// The comparison can fail: the same sum in another order has other bits.
TEST(EmulatedSums, AnotherOrderIsSeen) {
  const size_t n = 4096;
  Floats x = make_values(n, 1, Values::kOrdinary), expected(1), result(1);
  Floats workspace(1);
  kernels::sum(test_pool(), Variant::kDeterministic, n, x.data(), expected.data(),
               workspace.data());
  float in_order = 0;
  for (float value : x) in_order += value;
  EXPECT_NE(in_order, expected[0]);
  std::swap(x[0], x[1]);  // other lanes
  Stream stream;
  sum(stream, Variant::kDeterministic, n, x.data(), result.data());
  EXPECT_NE(result[0], expected[0]);
}

TEST(EmulatedSums, AtomicIsClose) {
  emulation().host_threads = 2;
  Stream stream;
  const size_t n = 100000;
  const Floats x = make_values(n, 1, Values::kOrdinary);
  double exact = 0, magnitude = 0;
  for (float value : x) exact += value, magnitude += std::abs(value);
  float result = 0;
  sum(stream, Variant::kAtomic, n, x.data(), &result);
  // A term meets a lane of 128, a tree of 7 and at most 25 blocks.
  EXPECT_LE(std::abs(result - exact), 160 * 0x1p-24 * magnitude);
  const ChannelShape shape{300, 5, 7};
  const Floats y = make_values(shape.elements(), 1, Values::kOrdinary);
  Floats workspace(channel_sum_workspace(shape)), expected(5), channels(5);
  kernels::channel_sum(test_pool(), Variant::kDeterministic, shape, y.data(), expected.data(),
                       workspace.data());
  channel_sum(stream, Variant::kAtomic, shape, y.data(), channels.data());
  expect_close(expected, channels, 2 * 350 * 0x1p-24f * 2 * 2100);
  const MatrixShape matrix{1000, 7};
  Floats partials(column_sum_workspace_bytes(matrix) / sizeof(float)), in(7), out(7);
  kernels::column_sum(test_pool(), Variant::kDeterministic, matrix, x.data(), in.data(),
                      partials.data());
  column_sum(stream, Variant::kAtomic, matrix, x.data(), out.data());
  expect_close(in, out, 2 * 140 * 0x1p-24f * 2 * 1000);
  emulation().host_threads = 1;
}

}  // namespace
}  // namespace detaudit::kernels::cuda
