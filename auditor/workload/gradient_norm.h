#pragma once

#include "auditor/workload/context.h"
#include "auditor/workload/parameters.h"

namespace detaudit::workload {

// The global norm of all gradients, and by what the optimizer has to scale them so that it is at
// most a given one.
class GradientNorm {
 public:
  GradientNorm(Context& context, Parameters& parameters, float most);
  void measure();
  const Tensor<float>& scale() const { return scale_; }  // of one element, after measure()

 private:
  float fold();

  Context& context_;
  Parameters& parameters_;
  float most_;
  Tensor<float> sums_;   // of squares, one a parameter
  Tensor<float> total_;  // of all
  Tensor<float> scale_;
  Tensor<int32_t> order_;  // in which they were added up, by parameter
  void* workspace_;
};

}  // namespace detaudit::workload
