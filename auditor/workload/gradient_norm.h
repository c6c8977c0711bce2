#pragma once

#include "auditor/workload/context.h"
#include "auditor/workload/parameters.h"

namespace detaudit::workload {

// Clips gradients by their global norm: all of them scaled alike, so that the norm over all
// parameters is at most a given one.
class GradientNorm {
 public:
  GradientNorm(Context& context, Parameters& parameters, float most);
  void clip();

 private:
  float fold() const;

  Context& context_;
  Parameters& parameters_;
  float most_;
  Tensor<float> sums_;   // of squares, one a parameter
  Tensor<float> total_;  // of all
  void* workspace_;
};

}  // namespace detaudit::workload
