#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "auditor/workload/convnet.h"
#include "auditor/workload/images.h"
#include "auditor/workload/transformer.h"

namespace detaudit::workload {
namespace {

// A whole model with its loss, made anew for every evaluation: the same seed gives the same
// weights, data and dropout, so that the loss is a function of the weights alone.
class Trial {
 public:
  virtual ~Trial() = default;
  Parameters& parameters() { return parameters_; }

  void backward() {
    loss_->forward(labels_);
    loss_->backward(labels_);
    backward_net();
  }

  // Of the scores, in float64: the loss itself has too few bits for a difference.
  double loss() const {
    double sum = 0;
    for (size_t row = 0; row < labels_.elements; ++row) {
      const float* first = scores().value.data + row * classes_;
      const double largest = *std::max_element(first, first + classes_);
      double total = 0;
      for (size_t c = 0; c < classes_; ++c) total += std::exp(first[c] - largest);
      sum += largest + std::log(total) - first[labels_.data[row]];
    }
    return sum / static_cast<double>(labels_.elements);
  }
  virtual void forward() = 0;

 protected:
  Trial(Optimizer optimizer, size_t rows, size_t classes)
      : classes_(classes),
        labels_(arena_.tensor<int32_t>("labels", rows)),
        parameters_(context_, optimizer) {
    for (size_t i = 0; i < rows; ++i) labels_.data[i] = static_cast<int32_t>(i * 7 % classes);
  }
  void make_loss() {
    loss_.emplace(context_, kernels::SoftmaxShape{labels_.elements, classes_}, scores());
  }
  virtual const Flow& scores() const = 0;
  virtual void backward_net() = 0;

  size_t classes_;
  Executor executor_{2};
  Arena arena_{executor_};
  Seeding seeding_{3};
  Context context_{executor_, arena_, seeding_, kernels::Variant::kDeterministic, {}};
  Tensor<int32_t> labels_;
  Parameters parameters_;
  std::optional<CrossEntropy> loss_;
};

class ConvnetTrial : public Trial {
 public:
  // Rectifiers and pools have kinks: what a step crosses is an error in proportion to the step, and
  // the loss, right to 2e-7 or so, is one in inverse proportion. Of three steps the median.
  static constexpr double kSteps[] = {1e-3, 6e-4, 4e-4}, kTolerance = 0.02;

  ConvnetTrial()
      : Trial(Optimizer::kSgd, kBatch, kClasses),
        net_(context_, parameters_, kBatch, kSide, kSide) {
    kernels::Philox stream = seeding_.philox("images");
    kernels::fill_normal(executor_.pool(), stream, 0, 1, net_.images().elements,
                         net_.images().data);
    make_loss();
  }
  void forward() override { net_.forward(Phase::kTraining); }

 private:
  static constexpr size_t kBatch = 8, kSide = 14;
  const Flow& scores() const override { return net_.scores(); }
  void backward_net() override { net_.backward(); }
  ConvNet net_;
};

class CharlmTrial : public Trial {
 public:
  // Smooth throughout: the step may be large, its error is quadratic.
  static constexpr double kSteps[] = {1e-2}, kTolerance = 2e-3;

  CharlmTrial()
      : Trial(Optimizer::kAdam, kShape.rows(), kShape.symbols),
        tokens_(arena_.tensor<int32_t>("tokens", kShape.rows())),
        net_(context_, parameters_, kShape, tokens_) {
    for (size_t i = 0; i < tokens_.elements; ++i)
      tokens_.data[i] = static_cast<int32_t>((i * i + i / 5) % kShape.symbols);
    make_loss();
  }
  void forward() override { net_.forward(Phase::kTraining); }

 private:
  static constexpr TransformerShape kShape{
      .batch = 2, .sequence = 40, .symbols = 12, .width = 32, .heads = 2, .blocks = 2};
  const Flow& scores() const override { return net_.scores(); }
  void backward_net() override { net_.backward(); }
  Tensor<int32_t> tokens_;
  Transformer net_;
};

using Vector = std::vector<double>;

template <typename Model>
double loss_moved(size_t parameter, const Vector& direction, double distance) {
  Model model;
  const Tensor<float>& weight = std::next(model.parameters().begin(), parameter)->weight;
  for (size_t i = 0; i < weight.elements; ++i)
    weight.data[i] += static_cast<float>(distance * direction[i]);
  model.forward();
  return model.loss();
}

// Central difference of the loss along a direction in one parameter: the median over the steps.
template <typename Model>
double slope(size_t parameter, const Vector& direction) {
  Vector slopes;
  for (double step : Model::kSteps) {
    slopes.push_back((loss_moved<Model>(parameter, direction, step) -
                      loss_moved<Model>(parameter, direction, -step)) /
                     (2 * step));
  }
  std::sort(slopes.begin(), slopes.end());
  return slopes[slopes.size() / 2];
}

// The elements with the largest gradients, and some spread over all.
std::vector<size_t> sampled(const Vector& gradient) {
  constexpr size_t kLargest = 2, kSpread = 6;
  std::vector<size_t> indices(gradient.size());
  std::iota(indices.begin(), indices.end(), size_t{0});
  std::partial_sort(
      indices.begin(), indices.begin() + kLargest, indices.end(),
      [&](size_t a, size_t b) { return std::abs(gradient[a]) > std::abs(gradient[b]); });
  indices.resize(kLargest);
  for (size_t i = 0; i < kSpread; ++i)
    indices.push_back((2 * i + 1) * gradient.size() / (2 * kSpread));
  return indices;
}

// Along the gradient itself the loss rises by its norm: only of the right scale does it. Single
// elements see what is missing or in the wrong place.
template <typename Model>
void expect_gradients_of_the_loss() {
  Model model;
  model.forward();
  model.backward();
  size_t parameter = 0;
  for (const Parameter& p : model.parameters()) {
    const Vector gradient(p.gradient.data, p.gradient.data + p.gradient.elements);
    const double norm =
        std::sqrt(std::inner_product(gradient.begin(), gradient.end(), gradient.begin(), 0.0));
    ASSERT_GT(norm, 1e-3) << p.name();
    Vector direction = gradient;
    for (double& g : direction) g /= norm;
    EXPECT_NEAR(slope<Model>(parameter, direction) / norm, 1, Model::kTolerance) << p.name();
    const std::vector<size_t> indices = sampled(gradient);
    const double largest = std::abs(gradient[indices.front()]);
    for (size_t i : indices) {
      std::fill(direction.begin(), direction.end(), 0.0);
      direction[i] = 1;
      EXPECT_NEAR(slope<Model>(parameter, direction), gradient[i], Model::kTolerance * largest)
          << p.name() << "[" << i << "]";
    }
    ++parameter;
  }
}

TEST(GradientTest, OfTheWholeConvnet) { expect_gradients_of_the_loss<ConvnetTrial>(); }
TEST(GradientTest, OfTheWholeCharlm) { expect_gradients_of_the_loss<CharlmTrial>(); }

}  // namespace
}  // namespace detaudit::workload
