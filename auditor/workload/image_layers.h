#pragma once

#include <string>

#include "auditor/workload/context.h"
#include "auditor/workload/parameters.h"
#include "kernels/batch_norm.h"
#include "kernels/conv2d.h"
#include "kernels/pooling.h"
#include "kernels/resize.h"

namespace detaudit::workload {

// Layers over images [batch][channels][height][width]. Each is made for one shape, reads the flow
// of the layer before it and owns its own: forward() writes output().value, backward() reads
// output().gradient and writes the gradient of the input and of the parameters.

enum class Statistics { kOfBatch, kRunning };

class Conv2d {
 public:
  Conv2d(Context& context, Parameters& parameters, const std::string& name,
         const kernels::Conv2dShape& shape, Bias bias, const Flow& input);
  void forward();
  void backward();
  const Flow& output() const { return output_; }

 private:
  Context& context_;
  kernels::Conv2dShape shape_;
  Flow input_, output_;
  Parameter& weight_;
  Parameter* bias_;  // null: none
  std::string name_;
  float* workspace_;
};

// 3x3 windows at a stride of 2: neighbours overlap.
class MaxPool {
 public:
  MaxPool(Context& context, const std::string& name, size_t planes, size_t height, size_t width,
          const Flow& input);
  void forward();
  void backward();
  const Flow& output() const { return output_; }
  size_t out_height() const { return shape_.out_height(); }
  size_t out_width() const { return shape_.out_width(); }

 private:
  Context& context_;
  kernels::MaxPool2dShape shape_;
  Flow input_, output_;
  Tensor<int32_t> argmax_;
  std::string name_;
};

// Batch normalisation, with or without the rectifier in the same pass.
class BatchNorm {
 public:
  BatchNorm(Context& context, Parameters& parameters, const std::string& name,
            const kernels::ChannelShape& shape, kernels::Epilogue epilogue, const Flow& input);
  void forward(Statistics statistics);
  void backward();
  const Flow& output() const { return output_; }

 private:
  Context& context_;
  kernels::BatchNormShape shape_;
  Flow input_, output_;
  Parameter& gamma_;
  Parameter& beta_;
  Tensor<float> mean_, rstd_, running_mean_, running_variance_;
  std::string name_;
  float* workspace_;
};

// Bilinear resize.
class Resize {
 public:
  Resize(Context& context, const std::string& name, const kernels::ResizeShape& shape,
         const Flow& input);
  void forward();
  void backward();
  const Flow& output() const { return output_; }

 private:
  Context& context_;
  kernels::ResizeShape shape_;
  Flow input_, output_;
  std::string name_;
  float* workspace_;
};

}  // namespace detaudit::workload
