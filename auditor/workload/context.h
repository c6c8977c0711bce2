#pragma once

#include "auditor/workload/arena.h"
#include "auditor/workload/executor.h"
#include "auditor/workload/hazards.h"
#include "auditor/workload/seeding.h"
#include "kernels/variant.h"

namespace detaudit::workload {

// What every layer of a model is built on. Outlives the model.
struct Context {
  Executor& executor;
  Arena& arena;
  const Seeding& seeding;
  kernels::Variant variant;
  HazardSet hazards;
};

// What flows between two layers: values forward, their gradients back. The gradient of data that
// nobody learns is empty.
struct Flow {
  Tensor<float> value;
  Tensor<float> gradient;
};

inline Flow make_flow(Context& context, const std::string& name, size_t elements) {
  return {context.arena.tensor<float>(name, elements),
          context.arena.tensor<float>(name + ".gradient", elements)};
}

// Scratch of a kernel: what is in it before and after an operation means nothing.
inline float* make_workspace(Context& context, size_t floats) {
  return static_cast<float*>(context.arena.allocate(floats * sizeof(float)));
}

}  // namespace detaudit::workload
