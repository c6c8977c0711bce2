#pragma once

#include <string>

#include "auditor/workload/context.h"
#include "auditor/workload/dense_layers.h"
#include "auditor/workload/parameters.h"

namespace detaudit::workload {

// The convnet's last layer: scores of each class. Its weight gradient is accumulated in fixed
// point, where the order of additions does not matter, so shards of the batch may add atomically
// and still give the same bits.
class OutputLayer {
 public:
  OutputLayer(Context& context, Parameters& parameters, const std::string& name,
              const kernels::DenseShape& shape, float deviation, const Flow& input);
  void forward() { dense_.forward(); }
  void backward();

  const Parameter& weight() const { return dense_.weight(); }
  const Flow& output() const { return dense_.output(); }
  const Dense& dense() const { return dense_; }

 private:
  void accumulate_weight_gradient(kernels::Pool& pool);
  void accumulate_weight_gradient(kernels::cuda::Stream& stream);

  Context& context_;
  Dense dense_;
  std::string name_;
};

}  // namespace detaudit::workload
