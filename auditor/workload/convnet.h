#pragma once

#include "auditor/workload/context.h"
#include "auditor/workload/dense_layers.h"
#include "auditor/workload/image_layers.h"
#include "auditor/workload/output_layer.h"
#include "auditor/workload/parameters.h"

namespace detaudit::workload {

// Grey images to scores of ten classes: two stages of 5x5 convolution, overlapping max-pool,
// rectifier and batch norm; between them a resize to one grid, so that the rest does not depend on
// the size of the images; a hidden layer with dropout. Pooling comes first, which the rectifier
// commutes with and the norm up to the sign of gamma: a quarter of the memory traffic. In the first
// stage the rectifier stands between bias and norm, which would take the bias away again.
class ConvNet {
 public:
  ConvNet(Context& context, Parameters& parameters, size_t batch, size_t height, size_t width);

  void forward(Phase phase);
  void backward();

  const Tensor<float>& images() const { return images_.value; }  // to be filled before forward()
  const Flow& scores() const { return output_.output(); }
  const Dense& hidden_layer() const { return hidden_; }

 private:
  Flow images_;
  Conv2d conv1_;
  MaxPool pool1_;
  Relu relu1_;
  BatchNorm norm1_;
  Resize resize_;
  Conv2d conv2_;
  MaxPool pool2_;
  BatchNorm norm2_;
  Dense hidden_;
  Relu relu2_;
  Dropout dropout_;
  OutputLayer output_;
};

}  // namespace detaudit::workload
