#include "auditor/workload/convnet.h"

#include <cmath>

#include "auditor/workload/images.h"

namespace detaudit::workload {
namespace {

constexpr size_t kChannels1 = 32;
constexpr size_t kChannels2 = 64;
constexpr size_t kGrid = 16;  // of the second stage
constexpr size_t kHidden = 64;
constexpr float kDropoutRate = 0.2f;

kernels::Conv2dShape convolution(size_t batch, size_t in_channels, size_t out_channels,
                                 size_t height, size_t width, size_t padding) {
  kernels::Conv2dShape shape;
  shape.batch = batch;
  shape.in_channels = in_channels;
  shape.in_height = height;
  shape.in_width = width;
  shape.out_channels = out_channels;
  shape.kernel_height = shape.kernel_width = 5;
  shape.padding = padding;
  return shape;
}

float deviation(size_t inputs, float gain) { return std::sqrt(gain / static_cast<float>(inputs)); }

}  // namespace

ConvNet::ConvNet(Context& context, Parameters& parameters, size_t batch, size_t height,
                 size_t width)
    : images_{context.arena.staged_tensor<float>("images", batch * height * width), {}},
      conv1_(context, parameters, "conv1", convolution(batch, 1, kChannels1, height, width, 0),
             Bias::kLearned, images_),
      pool1_(context, "pool1", batch * kChannels1, height - 4, width - 4, conv1_.output()),
      relu1_(context, "relu1", pool1_.output()),
      norm1_(context, parameters, "norm1",
             {batch, kChannels1, pool1_.out_height() * pool1_.out_width()},
             kernels::Epilogue::kNone, relu1_.output()),
      resize_(context, "resize",
              {batch * kChannels1, pool1_.out_height(), pool1_.out_width(), kGrid, kGrid},
              norm1_.output()),
      conv2_(context, parameters, "conv2",
             convolution(batch, kChannels1, kChannels2, kGrid, kGrid, 2), Bias::kNone,
             resize_.output()),
      pool2_(context, "pool2", batch * kChannels2, kGrid, kGrid, conv2_.output()),
      norm2_(context, parameters, "norm2",
             {batch, kChannels2, pool2_.out_height() * pool2_.out_width()},
             kernels::Epilogue::kRelu, pool2_.output()),
      hidden_(
          context, parameters, "hidden", {batch, norm2_.output().value.elements / batch, kHidden},
          deviation(norm2_.output().value.elements / batch, 2), Bias::kLearned, norm2_.output()),
      relu2_(context, "relu2", hidden_.output()),
      dropout_(context, "dropout", kDropoutRate, relu2_.output()),
      output_(context, parameters, "output", {batch, kHidden, kClasses}, deviation(kHidden, 1),
              dropout_.output()) {}

void ConvNet::forward(Phase phase) {
  const Statistics statistics =
      phase == Phase::kTraining ? Statistics::kOfBatch : Statistics::kRunning;
  conv1_.forward();
  pool1_.forward();
  relu1_.forward();
  norm1_.forward(statistics);
  resize_.forward();
  conv2_.forward();
  pool2_.forward();
  norm2_.forward(statistics);
  hidden_.forward();
  relu2_.forward();
  dropout_.forward(phase);
  output_.forward();
}

void ConvNet::backward() {
  output_.backward();
  dropout_.backward();
  relu2_.backward();
  hidden_.backward();
  norm2_.backward();
  pool2_.backward();
  conv2_.backward();
  resize_.backward();
  norm1_.backward();
  relu1_.backward();
  pool1_.backward();
  conv1_.backward();
}

}  // namespace detaudit::workload
