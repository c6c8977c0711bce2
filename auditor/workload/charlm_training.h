#pragma once

#include <cstdio>

#include "auditor/workload/gradient_norm.h"
#include "auditor/workload/options.h"
#include "auditor/workload/sample_order.h"
#include "auditor/workload/text.h"
#include "auditor/workload/transformer.h"

namespace detaudit::workload {

inline constexpr size_t kWindow = 96;  // symbols of a sample; the last one's successor counts too

// How many windows a text of this many symbols has.
inline size_t window_count(size_t symbols) {
  return symbols > kWindow ? (symbols - 1) / kWindow : 0;
}

// Trains the character model, or runs it forward, and judges it on text it has not seen, beside
// guessing by frequency. Prints losses, never a time.
class CharlmTraining {
 public:
  // options.batch <= window_count(data.train.size()).
  CharlmTraining(Context& context, const Options& options, TextData& data, std::FILE* out);
  void run();

  struct Result {
    double loss = 0;            // nats a symbol, on the test text
    double frequency_loss = 0;  // of guessing by frequency
  };
  const Result& result() const { return result_; }  // after run()

 private:
  void gather(std::vector<uint8_t>& text);
  float step(uint64_t step);
  void update(uint64_t step);
  void evaluate();

  Context& context_;
  const Options& options_;
  TextData& data_;
  std::FILE* out_;
  Tensor<int64_t> windows_;
  Tensor<int32_t> tokens_, targets_;
  Parameters parameters_;
  Transformer net_;
  CrossEntropy loss_;
  GradientNorm norm_;
  SampleOrder order_;
  std::vector<uint64_t> samples_;
  Result result_;
};

}  // namespace detaudit::workload
