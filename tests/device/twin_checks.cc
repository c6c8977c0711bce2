#include <bit>
#include <memory>
#include <random>
#include <thread>

#include "kernels/activation.h"
#include "kernels/cuda/attention.h"
#include "kernels/cuda/batch_norm.h"
#include "kernels/cuda/dense.h"
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/fixed_point.h"
#include "kernels/cuda/images.h"
#include "kernels/cuda/rows.h"
#include "kernels/cuda/scatter_add.h"
#include "kernels/cuda/sums.h"
#include "kernels/digest.h"
#include "kernels/dropout.h"
#include "tests/device/checks.h"

namespace detaudit::device {
namespace {

using kernels::Pool;
using kernels::Variant;
using kernels::cuda::Stream;

// What an operation reads: arrays of floats, and one of indices below `index_limit`.
struct Sizes {
  std::vector<size_t> floats;
  size_t indices = 0, index_limit = 1;
};
struct Inputs {
  std::vector<const float*> floats;
  const int32_t* indices;
  void* workspace;  // of a CPU kernel
};

// Values of all kinds: ordinary ones, zeros of both signs, denormals, and now and then a NaN.
enum class Values { kOrdinary, kWild };
std::vector<float> make_floats(size_t n, uint64_t seed, Values kind) {
  const float wild[] = {0.0f, -0.0f, 1e-45f, -1e-39f, 1e-22f, -3e-38f};
  std::mt19937_64 engine(seed);
  std::uniform_real_distribution<float> ordinary(-1, 1);
  std::vector<float> values(n);
  for (float& value : values) {
    value = ordinary(engine);
    if (kind == Values::kOrdinary) continue;
    if (engine() % 5 == 0) value = wild[engine() % std::size(wild)];
    if (engine() % 100003 == 0) value = std::bit_cast<float>(0xffc00123u);
  }
  return values;
}

// Inputs on the host and on the device.
class Trial {
 public:
  Trial(Stream& stream, const Sizes& sizes, Values kind, size_t workspace_bytes)
      : indices_(sizes.indices), workspace_(workspace_bytes / 8 + 1) {
    for (size_t n : sizes.floats) {
      floats_.push_back(make_floats(n, floats_.size() + 1, kind));
      device_.push_back(std::make_unique<Memory>(stream, n * sizeof(float)));
      stream.upload(device_.back()->data(), floats_.back().data(), n * sizeof(float));
    }
    std::mt19937_64 engine(9);
    for (int32_t& index : indices_)
      index = engine() % 4 == 0 ? 0 : static_cast<int32_t>(engine() % sizes.index_limit);
    device_.push_back(std::make_unique<Memory>(stream, indices_.size() * sizeof(int32_t)));
    stream.upload(device_.back()->data(), indices_.data(), indices_.size() * sizeof(int32_t));
  }
  Inputs host() {
    Inputs inputs{{}, indices_.data(), workspace_.data()};
    for (const auto& values : floats_) inputs.floats.push_back(values.data());
    return inputs;
  }
  Inputs device() {
    Inputs inputs{{}, static_cast<const int32_t*>(device_.back()->data()), nullptr};
    for (size_t i = 0; i < floats_.size(); ++i) inputs.floats.push_back(device_[i]->floats());
    return inputs;
  }

 private:
  std::vector<std::vector<float>> floats_;
  std::vector<int32_t> indices_;
  std::vector<double> workspace_;
  std::vector<std::unique_ptr<Memory>> device_;
};

enum class Pairs { kPair, kNone };

// The same bits on both devices, and how long each version takes on the GPU.
template <class Body>
Check twin(const std::string& name, Sizes sizes, size_t outputs, size_t workspace_bytes,
           Pairs pairs, Body body) {
  return {
      name, "the CPU's bits", [=](Stream& stream) {
        static Pool pool(std::max(1u, std::thread::hardware_concurrency()));
        Memory out(stream, outputs * sizeof(float));
        std::vector<float> expected(outputs), found(outputs);
        for (Values kind : {Values::kWild, Values::kOrdinary}) {
          Trial trial(stream, sizes, kind, workspace_bytes);
          body(pool, Variant::kDeterministic, trial.host(), expected.data());
          body(stream, Variant::kDeterministic, trial.device(), out.floats());
          stream.download(found.data(), out.data(), out.bytes());
          for (size_t i = 0; i < outputs; ++i)
            if (std::bit_cast<uint32_t>(found[i]) != std::bit_cast<uint32_t>(expected[i]))
              return failed(text("element %zu: %.9g, %.9g on the CPU", i,
                                 static_cast<double>(found[i]), static_cast<double>(expected[i])));
        }
        Trial trial(stream, sizes, Values::kOrdinary, 0);
        const auto time = [&](Variant variant) {
          return gpu_seconds(stream, 5,
                             [&] { body(stream, variant, trial.device(), out.floats()); });
        };
        const double deterministic = time(Variant::kDeterministic);
        if (pairs == Pairs::kNone) return passed(text("%.1f us", deterministic * 1e6));
        return passed(text("%.1f us, %.2fx of atomic", deterministic * 1e6,
                           deterministic / time(Variant::kAtomic)));
      }};
}

void add_sums(std::vector<Check>& checks) {
  constexpr size_t kMany = 1 << 24;
  checks.push_back(twin("sum of 2^24", {{kMany}}, 1, kMany / 1024, Pairs::kPair,
                        [](auto& on, Variant v, const Inputs& in, float* out) {
                          sum(on, v, kMany, in.floats[0], out, in.workspace);
                        }));
  checks.push_back(twin("sum_of_squares of 2^24", {{kMany}}, 1, kMany / 1024, Pairs::kPair,
                        [](auto& on, Variant v, const Inputs& in, float* out) {
                          sum_of_squares(on, v, kMany, in.floats[0], out, in.workspace);
                        }));
  static constexpr kernels::MatrixShape kRows{32768, 64};
  checks.push_back(twin("column_sum 32768 x 64", {{kRows.rows * kRows.cols}}, kRows.cols,
                        kernels::column_sum_workspace_bytes(kRows), Pairs::kPair,
                        [](auto& on, Variant v, const Inputs& in, float* out) {
                          column_sum(on, v, kRows, in.floats[0], out, in.workspace);
                        }));
  static constexpr kernels::ChannelShape kChannels{256, 48, 196};
  checks.push_back(twin("channel_sum 256 x 48 x 196", {{kChannels.elements()}}, kChannels.channels,
                        4 * kernels::channel_sum_workspace(kChannels), Pairs::kPair,
                        [](auto& on, Variant v, const Inputs& in, float* out) {
                          channel_sum(on, v, kChannels, in.floats[0], out,
                                      static_cast<float*>(in.workspace));
                        }));
}

void add_products(std::vector<Check>& checks) {
  static constexpr kernels::DenseShape kDense{1024, 512, 512};
  const size_t x = kDense.rows * kDense.inputs, w = kDense.inputs * kDense.outputs;
  const size_t y = kDense.rows * kDense.outputs;
  checks.push_back(twin("dense_forward 1024 x 512 x 512", {{x, w, kDense.outputs}}, y, 0,
                        Pairs::kNone, [](auto& on, Variant, const Inputs& in, float* out) {
                          dense_forward(on, kDense, in.floats[0], in.floats[1], in.floats[2], out);
                        }));
  checks.push_back(twin("dense_backward_data", {{y, w}}, x, 0, Pairs::kNone,
                        [](auto& on, Variant, const Inputs& in, float* out) {
                          dense_backward_data(on, kDense, in.floats[0], in.floats[1], out);
                        }));
  checks.push_back(twin("dense_backward_weight", {{x, y}}, w, 0, Pairs::kPair,
                        [](auto& on, Variant v, const Inputs& in, float* out) {
                          dense_backward_weight(on, v, kDense, in.floats[0], in.floats[1], out);
                        }));
  static constexpr kernels::AttentionShape kHeads{8, 256, 4, 32};
  const size_t rows = kHeads.batch * kHeads.sequence, width = kHeads.heads * kHeads.dim;
  checks.push_back(
      twin("attention_forward, attention_backward 8 x 256", {{rows * 3 * width, rows * width}},
           rows * width + rows * kHeads.heads + rows * 3 * width,
           kernels::attention_workspace_bytes(kHeads), Pairs::kPair,
           [=](auto& on, Variant v, const Inputs& in, float* out) {
             float *log_sum = out + rows * width, *dqkv = log_sum + rows * kHeads.heads;
             attention_forward(on, kHeads, in.floats[0], out, log_sum);
             attention_backward(on, v, kHeads, {in.floats[0], out, log_sum}, in.floats[1], dqkv,
                                in.workspace);
           }));
}

void add_images(std::vector<Check>& checks) {
  static const kernels::Conv2dShape kConvolution{.batch = 64,
                                                 .in_channels = 24,
                                                 .in_height = 16,
                                                 .in_width = 16,
                                                 .out_channels = 64,
                                                 .kernel_height = 5,
                                                 .kernel_width = 5,
                                                 .stride = 1,
                                                 .padding = 2};
  const auto& c = kConvolution;
  const unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  const size_t workspace = 4 * std::max({kernels::conv2d_forward_workspace(c, threads),
                                         kernels::conv2d_backward_data_workspace(c, threads),
                                         kernels::conv2d_backward_weight_workspace(c, threads)});
  checks.push_back(twin("conv2d_forward 64 x 24 x 16 x 16 to 64",
                        {{c.x_elements(), c.weight_elements(), c.out_channels}}, c.y_elements(),
                        workspace, Pairs::kNone,
                        [](auto& on, Variant, const Inputs& in, float* out) {
                          conv2d_forward(on, kConvolution, in.floats[0], in.floats[1], in.floats[2],
                                         out, static_cast<float*>(in.workspace));
                        }));
  checks.push_back(twin("conv2d_backward_data", {{c.weight_elements(), c.y_elements()}},
                        c.x_elements(), workspace, Pairs::kPair,
                        [](auto& on, Variant v, const Inputs& in, float* out) {
                          conv2d_backward_data(on, v, kConvolution, in.floats[0], in.floats[1], out,
                                               static_cast<float*>(in.workspace));
                        }));
  checks.push_back(twin("conv2d_backward_weight", {{c.x_elements(), c.y_elements()}},
                        c.weight_elements(), workspace, Pairs::kPair,
                        [](auto& on, Variant v, const Inputs& in, float* out) {
                          conv2d_backward_weight(on, v, kConvolution, in.floats[0], in.floats[1],
                                                 out, static_cast<float*>(in.workspace));
                        }));
  static const kernels::MaxPool2dShape kPool{.planes = 2048, .in_height = 24, .in_width = 24};
  const size_t inputs = kPool.planes * kPool.in_plane(), pooled = kPool.planes * kPool.out_plane();
  checks.push_back(twin("max_pool2d forward, backward 2048 x 24 x 24", {{inputs, pooled}},
                        2 * pooled + inputs, 0, Pairs::kPair,
                        [=](auto& on, Variant v, const Inputs& in, float* out) {
                          auto* argmax = reinterpret_cast<int32_t*>(out + pooled);
                          max_pool2d_forward(on, kPool, in.floats[0], out, argmax);
                          max_pool2d_backward(on, v, kPool, in.floats[1], argmax, out + 2 * pooled);
                        }));
  static constexpr kernels::ResizeShape kResize{2048, 12, 12, 16, 16};
  const size_t small = kResize.planes * 144, large = kResize.planes * 256;
  checks.push_back(twin("bilinear_resize forward, backward 12 to 16", {{small, large}},
                        large + small, 4 * kernels::bilinear_resize_workspace(kResize, threads),
                        Pairs::kPair, [=](auto& on, Variant v, const Inputs& in, float* out) {
                          auto* scratch = static_cast<float*>(in.workspace);
                          bilinear_resize_forward(on, kResize, in.floats[0], out, scratch);
                          bilinear_resize_backward(on, v, kResize, in.floats[1], out + large,
                                                   scratch);
                        }));
  static constexpr kernels::BatchNormShape kNorm{{256, 48, 196}};
  const size_t n = kNorm.tensor.elements(), channels = kNorm.tensor.channels;
  checks.push_back(twin("batch_norm train, backward 256 x 48 x 196", {{n, n, channels, channels}},
                        2 * n + 4 * channels, 4 * kernels::batch_norm_workspace(kNorm),
                        Pairs::kPair, [=](auto& on, Variant v, const Inputs& in, float* out) {
                          const kernels::BatchNormParameters p{in.floats[2], in.floats[3]};
                          float *mean = out + 2 * n, *rstd = mean + channels;
                          auto* scratch = static_cast<float*>(in.workspace);
                          batch_norm_forward_train(on, v, kNorm, in.floats[0], p, out, mean, rstd,
                                                   nullptr, nullptr, scratch);
                          batch_norm_backward(on, v, kNorm, in.floats[0], in.floats[1], p, mean,
                                              rstd, out + n, rstd + channels, rstd + 2 * channels,
                                              scratch);
                        }));
}

void add_rows(std::vector<Check>& checks) {
  static constexpr kernels::MatrixShape kNorm{8192, 128};
  const size_t n = kNorm.rows * kNorm.cols, rows = kNorm.rows, cols = kNorm.cols;
  checks.push_back(twin("add_layer_norm forward, backward 8192 x 128", {{n, n, cols, cols, n}},
                        3 * n + 2 * rows + 2 * cols, kernels::layer_norm_workspace_bytes(kNorm),
                        Pairs::kPair, [=](auto& on, Variant v, const Inputs& in, float* out) {
                          float *sum = out + 2 * n, *mean = sum + n, *rstd = mean + rows,
                                *dgamma = rstd + rows;
                          add_layer_norm_forward(on, kNorm, {in.floats[0], in.floats[4], sum},
                                                 in.floats[2], in.floats[3], out, mean, rstd);
                          layer_norm_backward(on, v, kNorm, {sum, in.floats[2], mean, rstd},
                                              {in.floats[1], in.floats[4]},
                                              {out + n, dgamma, dgamma + cols}, in.workspace);
                        }));
  static constexpr kernels::SoftmaxShape kSoftmax{16384, 64};
  const size_t logits = kSoftmax.rows * kSoftmax.classes;
  checks.push_back(twin("softmax_cross_entropy 16384 x 64", {{logits}, kSoftmax.rows, 64},
                        2 * logits + 1, kernels::softmax_workspace_bytes(kSoftmax), Pairs::kPair,
                        [=](auto& on, Variant v, const Inputs& in, float* out) {
                          softmax_cross_entropy_forward(on, v, kSoftmax, in.floats[0], in.indices,
                                                        out, out + 2 * logits, in.workspace);
                          softmax_cross_entropy_backward(on, kSoftmax, out, in.indices,
                                                         out + logits);
                        }));
  for (kernels::ScatterShape shape : {kernels::ScatterShape{8192, 64, 128}, {65536, 5000, 64}}) {
    checks.push_back(twin(
        text("embedding_backward %zu to %zu x %zu", shape.sources, shape.destinations, shape.cols),
        {{shape.sources * shape.cols}, shape.sources, shape.destinations},
        shape.destinations * shape.cols, kernels::scatter_add_workspace_bytes(shape), Pairs::kPair,
        [shape](auto& on, Variant v, const Inputs& in, float* out) {
          embedding_backward(on, v, shape, in.indices, in.floats[0], out, in.workspace);
        }));
  }
}

void add_elementwise(std::vector<Check>& checks) {
  static constexpr size_t kN = 1 << 22;
  checks.push_back(twin("gelu forward, backward 2^22", {{kN, kN}}, 3 * kN, 0, Pairs::kNone,
                        [](auto& on, Variant, const Inputs& in, float* out) {
                          gelu_forward(on, kN, in.floats[0], out);
                          gelu_backward(on, kN, in.floats[0], in.floats[1], out + kN, out + 2 * kN);
                        }));
  checks.push_back(twin("fill_normal 2^22", {{1}}, kN, 0, Pairs::kNone,
                        [](auto& on, Variant, const Inputs&, float* out) {
                          kernels::Philox stream = kernels::philox_stream(3, 4);
                          fill_normal(on, stream, 0.5f, 2.0f, kN, out);
                        }));
}

}  // namespace

std::vector<Check> twin_checks() {
  std::vector<Check> checks;
  add_sums(checks);
  add_products(checks);
  add_images(checks);
  add_rows(checks);
  add_elementwise(checks);
  return checks;
}

}  // namespace detaudit::device
