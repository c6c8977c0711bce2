#pragma once

#include <cstdio>

#include "auditor/workload/augmentation.h"
#include "auditor/workload/convnet.h"
#include "auditor/workload/gradient_norm.h"
#include "auditor/workload/images.h"
#include "auditor/workload/loader.h"
#include "auditor/workload/options.h"
#include "auditor/workload/sample_order.h"

namespace detaudit::workload {

// Trains the convnet, or runs it forward, on images, and judges it on images it has not seen.
// Prints losses and accuracy, never a time.
class ConvnetTraining {
 public:
  // options.batch <= data.train.size().
  ConvnetTraining(Context& context, const Options& options, const ImageData& data, std::FILE* out);
  void run();

  struct Score {
    double loss = 0;      // mean over images
    double accuracy = 0;  // share
  };
  const Score& score() const { return score_; }  // on the test images, after run()

 private:
  void train_step(uint64_t step);
  void infer_step(uint64_t step);
  void take_batch();  // images, and labels_
  void update(uint64_t step);
  void evaluate();

  Context& context_;
  const Options& options_;
  const ImageData& data_;
  std::FILE* out_;
  Tensor<int32_t> labels_;
  Parameters parameters_;
  ConvNet net_;
  CrossEntropy loss_;
  GradientNorm norm_;
  SampleOrder order_;
  Augmentation augmentation_;
  Loader loader_;
  Score score_;
};

}  // namespace detaudit::workload
