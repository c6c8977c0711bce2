#include "auditor/workload/charlm_training.h"

#include <algorithm>

#include "kernels/cuda/elementwise.h"
#include "kernels/optimizer.h"

namespace detaudit::workload {
namespace {

constexpr float kLearningRate = 5e-3f;
// Short memories for a short run.
constexpr float kBeta1 = 0.8f;
constexpr float kBeta2 = 0.98f;
constexpr float kMostGradientNorm = 1.0f;
constexpr uint64_t kReports = 8;  // lines of progress

TransformerShape transformer_shape(size_t batch, size_t symbols) {
  TransformerShape shape;
  shape.batch = batch;
  shape.sequence = kWindow;
  shape.symbols = symbols;
  return shape;
}

// Warm up over a tenth of the run, then fall to a tenth on a straight line.
float learning_rate(uint64_t step, uint64_t steps) {
  const float done = static_cast<float>(step) / static_cast<float>(steps);
  return kLearningRate * std::min(done / 0.1f, 1.1f - done);
}

}  // namespace

CharlmTraining::CharlmTraining(Context& context, const Options& options, TextData& data,
                               std::FILE* out)
    : context_(context),
      options_(options),
      data_(data),
      out_(out),
      windows_(context.arena.host_tensor<int64_t>("windows", options.batch)),
      tokens_(context.arena.staged_tensor<int32_t>("tokens", options.batch * kWindow)),
      targets_(context.arena.staged_tensor<int32_t>("targets", options.batch * kWindow)),
      parameters_(context, Optimizer::kAdam),
      net_(context, parameters_, transformer_shape(options.batch, data.symbols), tokens_),
      loss_(context, {options.batch * kWindow, data.symbols}, net_.scores()),
      norm_(context, parameters_, kMostGradientNorm),
      order_(context.seeding, context.hazards, window_count(data.train.size()), options.batch,
             options.shuffling),
      samples_(options.batch) {}

void CharlmTraining::run() {
  const uint64_t interval = std::max<uint64_t>(1, options_.steps / kReports);
  for (uint64_t i = 1; i <= options_.steps; ++i) {
    detaudit_step(i);
    const float loss = step(i);
    if (i % interval == 0)
      std::fprintf(out_, "step %llu loss %.9g\n", static_cast<unsigned long long>(i),
                   static_cast<double>(loss));
  }
  evaluate();
}

float CharlmTraining::step(uint64_t step) {
  order_.next(samples_.data());
  detaudit_batch("train", samples_.data(), samples_.size());
  gather(data_.train);
  const bool training = options_.mode == Mode::kTrain;
  net_.forward(training ? Phase::kTraining : Phase::kInference);
  const float loss = loss_.forward(targets_);
  detaudit_metric("loss", loss);
  if (training) {
    loss_.backward(targets_);
    net_.backward();
    norm_.measure();
    update(step);
  }
  return loss;
}

void CharlmTraining::gather(std::vector<uint8_t>& text) {
  for (size_t i = 0; i < windows_.elements; ++i)
    windows_.data[i] = static_cast<int64_t>(samples_[i]);
  const Tensor<uint8_t> symbols{"text", text.data(), text.size()};
  context_.executor.run(
      {"gather_windows"}, {symbols, windows_}, {tokens_, targets_}, [&](auto& on) {
        for (size_t i = 0; i < windows_.elements; ++i) {
          const uint8_t* first = text.data() + static_cast<size_t>(windows_.data[i]) * kWindow;
          std::copy_n(first, kWindow, tokens_.host + i * kWindow);
          std::copy_n(first + 1, kWindow, targets_.host + i * kWindow);
        }
        upload(on, tokens_);
        upload(on, targets_);
      });
}

void CharlmTraining::update(uint64_t step) {
  kernels::AdamOptions adam;
  adam.learning_rate = learning_rate(step, options_.steps);
  adam.beta1 = kBeta1;
  adam.beta2 = kBeta2;
  const Tensor<float>& scale = norm_.scale();
  for (const Parameter& p : parameters_)
    context_.executor.run({"adam_update", p.name()},
                          {p.gradient, scale, p.weight, p.first, p.second},
                          {p.weight, p.first, p.second}, [&](auto& on) {
                            adam.gradient_scale = *scale.host;
                            adam_update(on, adam, step, p.weight.elements, p.gradient.data,
                                        p.weight.data, p.first.data, p.second.data);
                          });
}

void CharlmTraining::evaluate() {
  const size_t windows = window_count(data_.test.size());
  CrossEntropy::Score sum;
  for (size_t first = 0; first < windows; first += options_.batch) {
    detaudit_step(options_.steps + 1 + first / options_.batch);
    const size_t rows = std::min<size_t>(options_.batch, windows - first) * kWindow;
    // The last batch is filled up with windows of the first, which are not counted.
    for (size_t i = 0; i < samples_.size(); ++i) samples_[i] = (first + i) % windows;
    detaudit_batch("test", samples_.data(), samples_.size());
    gather(data_.test);
    net_.forward(Phase::kInference);
    loss_.forward(targets_);
    const CrossEntropy::Score score = loss_.score(targets_, rows);
    sum.loss += score.loss;
    sum.correct += score.correct;
  }
  const double symbols = static_cast<double>(windows * kWindow);
  result_ = {sum.loss / symbols, frequency_loss(data_)};
  detaudit_metric("test_loss", result_.loss);
  detaudit_metric("accuracy", sum.correct / symbols);
  std::fprintf(out_, "test loss %.9g, by frequency alone %.9g, accuracy %.4f\n", result_.loss,
               result_.frequency_loss, sum.correct / symbols);
}

}  // namespace detaudit::workload
