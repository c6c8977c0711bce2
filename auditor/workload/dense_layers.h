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
        const kernels::DenseShape& shape, float deviation, Bias bias, const Flow& input);
  void forward();
  void backward();
  void backward_bias();
  void backward_weight();
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
  Parameter* bias_;  // null: none
  std::string name_;
  void* workspace_;
};

class Relu {
 public:
  Relu(Context& context, const std::string& name, const Flow& input);
  void forward();
  void backward();
  const Flow& output() const { return output_; }

 private:
  Context& context_;
  Flow input_, output_;
  std::string name_;
};

enum class Phase { kTraining, kInference };

// What a dropout kept, and the generator that it is drawn from. Stays where it was made.
class DropoutMask {
 public:
  DropoutMask(Context& context, std::string name, float rate, size_t elements);
  DropoutMask(const DropoutMask&) = delete;
  DropoutMask& operator=(const DropoutMask&) = delete;
  float rate() const { return rate_; }
  kernels::Philox& stream() { return stream_; }
  detaudit_buffer state() { return {"stream", &stream_, sizeof stream_, DETAUDIT_U8}; }
  const Tensor<uint8_t>& kept() const { return kept_; }

 private:
  std::string name_;
  float rate_;
  Tensor<uint8_t> kept_;
  kernels::Philox stream_;
};

// In inference it hands values through.
class Dropout {
 public:
  Dropout(Context& context, const std::string& name, float rate, const Flow& input);
  void forward(Phase phase);
  void backward();
  const Flow& output() const { return output_; }

 private:
  Context& context_;
  Flow input_, output_;
  DropoutMask mask_;
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
