#pragma once

#include "auditor/workload/context.h"
#include "auditor/workload/dense_layers.h"
#include "auditor/workload/image_layers.h"
#include "auditor/workload/output_layer.h"
#include "auditor/workload/parameters.h"

namespace detaudit::workload {

// Grey images to scores of ten classes: two stages of 5x5 convolution, overlapping max-pool, batch
// norm and rectifier; between them a resize to one grid, so that the rest does not depend on the
// size of the images; a hidden layer with dropout. Pooling comes before the norm, which it
// commutes with up to the sign of gamma: a quarter of the memory traffic.
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
  BatchNormRelu norm1_;
  Resize resize_;
  Conv2d conv2_;
  MaxPool pool2_;
  BatchNormRelu norm2_;
  Dense hidden_;
  Activation relu_;
  Dropout dropout_;
  OutputLayer output_;
};

}  // namespace detaudit::workload
