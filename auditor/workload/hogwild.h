#pragma once

#include "auditor/workload/context.h"
#include "auditor/workload/dense_layers.h"

namespace detaudit::workload {

// Hogwild (Recht et al. 2011): shards of the batch step through a layer's shared weights at once,
// each along the gradient of its own samples, without order; where two meet, one's step is lost.
// Reads the layer's input and the gradient of its output.
void hogwild_update(Context& context, OpName name, const Dense& layer, float learning_rate);

}  // namespace detaudit::workload
