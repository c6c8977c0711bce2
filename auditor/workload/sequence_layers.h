#pragma once

#include <string>

#include "auditor/workload/context.h"
#include "auditor/workload/dense_layers.h"
#include "auditor/workload/parameters.h"
#include "kernels/attention.h"
#include "kernels/layer_norm.h"
#include "kernels/scatter_add.h"

namespace detaudit::workload {

// Layers over rows of features that form sequences, of the same manners as the other layers.

// Rows of a learned table, picked by index. To row i of every sequence are added the sinusoids of
// place i, which are not learned: sines in even features, cosines in odd ones, of wavelengths from
// 2 pi to 10000 times that (Vaswani et al. 2017).
class Embedding {
 public:
  // shape.sources: `sequence` to a sequence.
  Embedding(Context& context, Parameters& parameters, const std::string& name,
            const kernels::ScatterShape& shape, size_t sequence, const Tensor<int32_t>& indices);
  void forward();
  void backward();
  const Flow& output() const { return output_; }

 private:
  Context& context_;
  kernels::ScatterShape shape_;
  Tensor<int32_t> indices_;
  Parameter& table_;
  Tensor<float> positions_;
  size_t sequence_;
  Flow output_;
  std::string name_;
  void* workspace_;
};

class LayerNorm {
 public:
  LayerNorm(Context& context, Parameters& parameters, const std::string& name,
            const kernels::MatrixShape& shape, const Flow& input);
  void forward();
  // past: the input's gradient by way of the residual connection past the norm; none if empty.
  void backward(const Tensor<float>& past);
  const Flow& input() const { return input_; }
  const Flow& output() const { return output_; }

 protected:
  Context& context_;
  kernels::MatrixShape shape_;
  Flow input_, output_;
  Parameter& gamma_;
  Parameter& beta_;
  Tensor<float> mean_, rstd_;
  std::string name_;
  void* workspace_;
};

// A residual connection that ends in a layer norm: its input is trunk + branch. The gradient of the
// sum is both's as it is, so that it takes the branch's place.
class AddLayerNorm : public LayerNorm {
 public:
  AddLayerNorm(Context& context, Parameters& parameters, const std::string& name,
               const kernels::MatrixShape& shape, const Flow& trunk, const Flow& branch);
  void forward();

 protected:
  AddLayerNorm(Context& context, Parameters& parameters, const std::string& name,
               const kernels::MatrixShape& shape, const Flow& trunk, const Flow& branch,
               const Tensor<float>& sum_gradient);
  kernels::ResidualSum residual() const {
    return {trunk_.value.data, branch_.value.data, input_.value.data};
  }
  Flow trunk_, branch_;
};

// The same with dropout at the end of the branch. The mask is its owner's.
class DropoutAddLayerNorm : public AddLayerNorm {
 public:
  DropoutAddLayerNorm(Context& context, Parameters& parameters, const std::string& name,
                      const kernels::MatrixShape& shape, DropoutMask& mask, const Flow& trunk,
                      const Flow& branch);
  void forward(Phase phase);
  void backward(const Tensor<float>& past);

 private:
  DropoutMask& mask_;
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

// width to `hidden` and back, with a GELU between: one operation forward and one back, which
// computes the GELU once more, as FlashAttention's FusedMLP does.
class Mlp {
 public:
  struct Shape {
    size_t rows, width, hidden;
    float deviation_up, deviation_down;
  };
  Mlp(Context& context, Parameters& parameters, const std::string& name, const Shape& shape,
      const Flow& input);
  void forward();
  void backward();
  const Flow& output() const { return output_; }

 private:
  Context& context_;
  kernels::DenseShape up_shape_, down_shape_;
  Flow input_, output_;
  Parameter& up_;
  Parameter& down_;
  Tensor<float> product_;            // before the GELU, kept for backward
  Tensor<float> active_, dproduct_;  // scratch within an operation
  std::string name_;
};

}  // namespace detaudit::workload
