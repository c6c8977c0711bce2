#pragma once

#include <string>

#include "auditor/workload/context.h"
#include "auditor/workload/parameters.h"
#include "kernels/dense.h"
#include "kernels/philox.h"
#include "kernels/softmax_cross_entropy.h"

namespace detaudit::workload {

// Layers over rows of features, of the same manners as those over images.

class Dense {
 public:
  Dense(Context& context, Parameters& parameters, const std::string& name,
        const kernels::DenseShape& shape, float deviation, const Flow& input);
  void forward();
  void backward();
  void backward_bias();
  void backward_data();
  const kernels::DenseShape& shape() const { return shape_; }
  const Flow& input() const { return input_; }
  const Flow& output() const { return output_; }
  const Parameter& weight() const { return weight_; }

 private:
  Context& context_;
  kernels::DenseShape shape_;
  Flow input_, output_;
  Parameter& weight_;
  Parameter& bias_;
  std::string name_;
  void* workspace_;
};

enum class Nonlinearity { kRelu, kGelu };

class Activation {
 public:
  Activation(Context& context, const std::string& name, Nonlinearity kind, const Flow& input);
  void forward();
  void backward();
  const Flow& output() const { return output_; }

 private:
  Context& context_;
  Nonlinearity kind_;
  Flow input_, output_;
  std::string name_;
};

enum class Phase { kTraining, kInference };

// Owns the generator its masks are drawn from. In inference it hands values through.
class Dropout {
 public:
  Dropout(Context& context, const std::string& name, float rate, const Flow& input);
  void forward(Phase phase);
  void backward();
  const Flow& output() const { return output_; }

 private:
  Context& context_;
  float rate_;
  Flow input_, output_;
  Tensor<uint8_t> mask_;
  kernels::Philox stream_;
  std::string name_;
};

// Mean cross-entropy of the softmax of rows of scores.
class CrossEntropy {
 public:
  CrossEntropy(Context& context, const kernels::SoftmaxShape& shape, const Flow& scores);
  float forward(const Tensor<int32_t>& labels);  // the loss
  void backward(const Tensor<int32_t>& labels);
  const Tensor<float>& probabilities() const { return probabilities_; }

  struct Score {
    double loss = 0;     // summed over rows
    double correct = 0;  // rows whose label has the largest score
  };
  // Of the first `rows` rows of probabilities().
  Score score(const Tensor<int32_t>& labels, size_t rows);

 private:
  Context& context_;
  kernels::SoftmaxShape shape_;
  Flow scores_;
  Tensor<float> probabilities_, loss_;
  Tensor<double> score_;
  void* workspace_;
};

}  // namespace detaudit::workload
