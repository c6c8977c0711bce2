#pragma once

#include <string>

#include "auditor/workload/context.h"
#include "auditor/workload/parameters.h"
#include "kernels/attention.h"
#include "kernels/column_sum.h"
#include "kernels/scatter_add.h"

namespace detaudit::workload {

// Layers over rows of features that form sequences, of the same manners as the other layers.

// Rows of a learned table, picked by index.
class Embedding {
 public:
  Embedding(Context& context, Parameters& parameters, const std::string& name,
            const kernels::ScatterShape& shape, const Tensor<int32_t>& indices);
  void forward();
  void backward();
  const Flow& output() const { return output_; }
  // Two embeddings whose outputs are added have one gradient between them.
  void share_gradient(const Tensor<float>& gradient) { output_.gradient = gradient; }

 private:
  Context& context_;
  kernels::ScatterShape shape_;
  Tensor<int32_t> indices_;
  Parameter& table_;
  Flow output_;
  std::string name_;
  void* workspace_;
};

class LayerNorm {
 public:
  LayerNorm(Context& context, Parameters& parameters, const std::string& name,
            const kernels::MatrixShape& shape, const Flow& input);
  void forward();
  void backward();
  const Flow& output() const { return output_; }

 private:
  Context& context_;
  kernels::MatrixShape shape_;
  Flow input_, output_;
  Parameter& gamma_;
  Parameter& beta_;
  Tensor<float> mean_, rstd_;
  std::string name_;
  void* workspace_;
};

// Causal attention over queries, keys and values from one dense layer.
class Attention {
 public:
  Attention(Context& context, const std::string& name, const kernels::AttentionShape& shape,
            const Flow& input);
  void forward();
  void backward();
  const Flow& output() const { return output_; }

 private:
  Context& context_;
  kernels::AttentionShape shape_;
  Flow input_, output_;
  Tensor<float> log_sum_;
  std::string name_;
  void* workspace_;
};

// trunk + branch. The gradient of the sum is the branch's as it is, so the two share one tensor.
class Residual {
 public:
  Residual(Context& context, const std::string& name, const Flow& trunk, const Flow& branch);
  void forward();
  // Adds the gradient of the sum to what the branch's first layer left in the trunk's gradient.
  void backward();
  const Flow& output() const { return output_; }

 private:
  Context& context_;
  Flow trunk_, branch_, output_;
  std::string name_;
};

}  // namespace detaudit::workload
