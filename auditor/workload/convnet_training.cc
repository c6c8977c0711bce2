#include "auditor/workload/convnet_training.h"

#include <algorithm>

#include "auditor/workload/hogwild.h"
#include "kernels/cuda/elementwise.h"
#include "kernels/optimizer.h"

namespace detaudit::workload {
namespace {

constexpr float kLearningRate = 0.12f;
constexpr float kMomentum = 0.9f;
constexpr float kWeightDecay = 5e-4f;
constexpr float kMostGradientNorm = 1.0f;
constexpr unsigned kLoaderThreads = 4;
constexpr uint64_t kReports = 8;  // lines of progress

// Warm up over a tenth of the run, then fall to zero on a straight line.
float learning_rate(uint64_t step, uint64_t steps) {
  const float done = static_cast<float>(step) / static_cast<float>(steps);
  return kLearningRate * std::min(done / 0.1f, (1.02f - done) / 0.92f);
}

Delivery delivery(HazardSet hazards) {
  return hazards.has(Hazard::kRacyLoader) ? Delivery::kAsFinished : Delivery::kInSequence;
}

}  // namespace

ConvnetTraining::ConvnetTraining(Context& context, const Options& options, const ImageData& data,
                                 std::FILE* out)
    : context_(context),
      options_(options),
      data_(data),
      out_(out),
      labels_(context.arena.staged_tensor<int32_t>("labels", options.batch)),
      parameters_(context, Optimizer::kSgd),
      net_(context, parameters_, options.batch, data.train.height, data.train.width),
      loss_(context, {options.batch, kClasses}, net_.scores()),
      norm_(context, parameters_, kMostGradientNorm),
      order_(context.seeding, context.hazards, data.train.size(), options.batch, options.shuffling),
      augmentation_(context, options.batch, data.train.size(), data.train.height, data.train.width,
                    net_.images()),
      loader_(data.train, order_, options.batch, detaudit_workers(kLoaderThreads),
              delivery(context.hazards)) {
  parameters_.set_weight_decay(kWeightDecay);
}

void ConvnetTraining::run() {
  for (uint64_t step = 1; step <= options_.steps; ++step) {
    detaudit_step(step);
    if (options_.mode == Mode::kTrain)
      train_step(step);
    else
      infer_step(step);
  }
  evaluate();
}

void ConvnetTraining::take_batch() {
  const LoadedBatch& batch = loader_.next();
  detaudit_batch("train", batch.samples.data(), batch.samples.size());
  augmentation_.run(batch);
  std::copy(batch.labels.begin(), batch.labels.end(), labels_.host);
  upload(context_.executor, labels_);
}

void ConvnetTraining::train_step(uint64_t step) {
  take_batch();
  net_.forward(Phase::kTraining);
  const float loss = loss_.forward(labels_);
  detaudit_metric("loss", loss);
  loss_.backward(labels_);
  net_.backward();
  norm_.measure();
  update(step);
  const uint64_t interval = std::max<uint64_t>(1, options_.steps / kReports);
  if (step % interval == 0)
    std::fprintf(out_, "step %llu loss %.9g\n", static_cast<unsigned long long>(step),
                 static_cast<double>(loss));
}

void ConvnetTraining::infer_step(uint64_t step) {
  take_batch();
  net_.forward(Phase::kInference);
  const float loss = loss_.forward(labels_);
  detaudit_metric("loss", loss);
  const uint64_t interval = std::max<uint64_t>(1, options_.steps / kReports);
  if (step % interval == 0)
    std::fprintf(out_, "batch %llu loss %.9g\n", static_cast<unsigned long long>(step),
                 static_cast<double>(loss));
}

void ConvnetTraining::update(uint64_t step) {
  kernels::SgdOptions sgd;
  sgd.learning_rate = learning_rate(step, options_.steps);
  sgd.momentum = kMomentum;
  const bool hogwild = options_.update == Update::kHogwild;
  const bool unordered = hogwild || context_.hazards.has(Hazard::kRacyUpdate);
  const Tensor<float>& scale = norm_.scale();
  for (const Parameter& p : parameters_) {
    if (unordered && &p == &net_.hidden_layer().weight()) {
      hogwild_update(context_, {hogwild ? "hogwild_update" : "sgd_update", p.name()},
                     net_.hidden_layer(), sgd.learning_rate);
      continue;
    }
    sgd.weight_decay = p.weight_decay;
    context_.executor.run({"sgd_update", p.name()}, {p.gradient, scale, p.weight, p.first},
                          {p.weight, p.first}, [&](auto& on) {
                            sgd.gradient_scale = *scale.host;
                            sgd_update(on, sgd, p.weight.elements, p.gradient.data, p.weight.data,
                                       p.first.data);
                          });
  }
}

void ConvnetTraining::evaluate() {
  const ImageSet& test = data_.test;
  const size_t batch = options_.batch;
  std::vector<uint64_t> samples(batch);
  CrossEntropy::Score sum;
  for (size_t first = 0; first < test.size(); first += batch) {
    detaudit_step(options_.steps + 1 + first / batch);
    const size_t rows = std::min(batch, test.size() - first);
    // The last batch is filled up with images of the first, which are not counted.
    for (size_t i = 0; i < batch; ++i) {
      samples[i] = (first + i) % test.size();
      labels_.host[i] = test.labels[samples[i]];
      standardize(test.pixels.data() + samples[i] * test.plane(), test.plane(),
                  net_.images().host + i * test.plane());
    }
    upload(context_.executor, labels_);
    upload(context_.executor, net_.images());
    detaudit_batch("test", samples.data(), samples.size());
    net_.forward(Phase::kInference);
    loss_.forward(labels_);
    const CrossEntropy::Score score = loss_.score(labels_, rows);
    sum.loss += score.loss;
    sum.correct += score.correct;
  }
  const double images = static_cast<double>(test.size());
  score_ = {sum.loss / images, sum.correct / images};
  detaudit_metric("test_loss", score_.loss);
  detaudit_metric("accuracy", score_.accuracy);
  std::fprintf(out_, "test loss %.9g accuracy %.4f on %zu images\n", score_.loss, score_.accuracy,
               test.size());
}

}  // namespace detaudit::workload
