#pragma once

#include <deque>
#include <string>

#include "auditor/workload/context.h"
#include "kernels/philox.h"

namespace detaudit::workload {

enum class Optimizer { kSgd, kAdam };

// Whether a layer adds a learned bias to its products. What is normalised next needs none.
enum class Bias { kLearned, kNone };

// Weights that are learned, their gradient, and what the optimizer keeps about them.
struct Parameter {
  Tensor<float> weight;
  Tensor<float> gradient;
  Tensor<float> first;   // velocity of SGD, mean of Adam
  Tensor<float> second;  // variance of Adam
  float weight_decay = 0;

  const char* name() const { return weight.name; }
};

// All parameters of a model, in the order in which its layers made them. References stay valid.
class Parameters {
 public:
  Parameters(Context& context, Optimizer optimizer);

  // Weights drawn from a normal distribution, decayed if a decay is set.
  Parameter& normal(const std::string& name, size_t elements, float deviation);
  // Weights that all start from one value, never decayed.
  Parameter& constant(const std::string& name, size_t elements, float value);

  void set_weight_decay(float decay);

  auto begin() { return all_.begin(); }
  auto end() { return all_.end(); }
  size_t size() const { return all_.size(); }

 private:
  Parameter& make(const std::string& name, size_t elements);

  Context& context_;
  Optimizer optimizer_;
  kernels::Philox stream_;
  std::deque<Parameter> all_;
  std::deque<bool> decays_;
};

}  // namespace detaudit::workload
