#pragma once

#include "auditor/workload/context.h"
#include "auditor/workload/loader.h"
#include "kernels/philox.h"

namespace detaudit::workload {

// Moves each image by up to two pixels and adds noise. What happens to an image depends on the
// stream, the sample and the epoch alone, not on its place in a batch.
class Augmentation {
 public:
  // `output` takes the augmented batch.
  Augmentation(Context& context, size_t batch, size_t samples, size_t height, size_t width,
               const Tensor<float>& output);
  void run(const LoadedBatch& batch);

 private:
  void augment(const float* image, int64_t draw, float* result) const;

  Context& context_;
  size_t samples_, height_, width_;
  kernels::Philox stream_;
  Tensor<int64_t> draws_;  // one a sample: which part of the stream is its own
  Tensor<float> output_;
};

}  // namespace detaudit::workload
