#include <algorithm>

#include "kernels/column_tile.h"
#include "kernels/lanes.h"
#include "kernels/sequence_trials.h"
#include "kernels/softmax_rows.h"
#include "kernels/sum.h"
#include "kernels/trial_memory.h"

namespace detaudit::kernels {
namespace {

using Values = std::shared_ptr<const std::vector<float>>;

Values shared_values(size_t n, uint64_t seed) {
  return std::make_shared<std::vector<float>>(trial_values(n, seed));
}

using Reduction = void (*)(Pool&, Variant, size_t, const float*, float*, void*);
using ChunkSum = float (*)(const float*, size_t);

SequenceTrial reduction_trial(size_t n, Reduction reduction, ChunkSum chunk_sum, int power) {
  constexpr size_t kChunk = 4096;
  Values x = shared_values(n, 1);
  auto workspace = trial_workspace(sum_workspace_bytes(n));
  SequenceTrial trial;
  trial.shape = "n=" + std::to_string(n);
  trial.elements = 1;
  trial.run = [=](Pool& pool, Variant variant, float* out) {
    reduction(pool, variant, n, x->data(), out, workspace.get());
  };
  trial.run_private = [=, held = TrialCopies(1)](Pool& pool, float* out) mutable {
    PrivateCopies& copies = held.begin(pool);
    launch_grid(pool, block_count(n, kChunk), [&](size_t chunk, unsigned worker) {
      Range range = block_range(chunk, n, kChunk);
      *copies.copy(worker) += chunk_sum(x->data() + range.begin, range.end - range.begin);
    });
    copies.merge(pool, out);
  };
  trial.reference = [=] {
    Reference reference(1);
    for (float v : *x) reference.add(0, power == 2 ? static_cast<double>(v) * v : v);
    return reference;
  };
  // A lane's chain and the tree, of a chunk and then of the chunks' partials.
  trial.roundings = kChunk / 32 + 7 + block_count(n, kChunk) / 32 + 7;
  return trial;
}

}  // namespace

SequenceTrial sum_trial(size_t n) { return reduction_trial(n, sum, sum_lanes, 1); }

SequenceTrial sum_of_squares_trial(size_t n) {
  return reduction_trial(n, sum_of_squares, sum_squares_lanes, 2);
}

SequenceTrial column_sum_trial(MatrixShape shape) {
  constexpr size_t kRows = 128;
  Values x = shared_values(shape.rows * shape.cols, 1);
  auto workspace = trial_workspace(column_sum_workspace_bytes(shape));
  SequenceTrial trial;
  trial.shape = "rows=" + std::to_string(shape.rows) + " cols=" + std::to_string(shape.cols);
  trial.elements = shape.cols;
  trial.run = [=](Pool& pool, Variant variant, float* out) {
    column_sum(pool, variant, shape, x->data(), out, workspace.get());
  };
  trial.run_private = [=, held = TrialCopies(shape.cols)](Pool& pool, float* out) mutable {
    PrivateCopies& copies = held.begin(pool);
    launch_grid(pool, block_count(shape.rows, kRows), [&](size_t block, unsigned worker) {
      Range rows = block_range(block, shape.rows, kRows);
      float* total = copies.copy(worker);
      for (size_t c = 0; c < shape.cols; c += kColumnTile) {
        const float* corner = x->data() + rows.begin * shape.cols + c;
        add_rows(
            rows.end - rows.begin, [&](size_t r) { return corner + r * shape.cols; },
            std::min(kColumnTile, shape.cols - c), total + c);
      }
    });
    copies.merge(pool, out);
  };
  trial.reference = [=] {
    Reference reference(shape.cols);
    for (size_t i = 0; i < x->size(); ++i) reference.add(i % shape.cols, (*x)[i]);
    return reference;
  };
  trial.roundings = std::min(kRows, shape.rows) + block_count(shape.rows, kRows);
  return trial;
}

namespace {

struct SoftmaxInputs {
  SoftmaxShape shape;
  std::vector<float> logits;
  std::vector<int32_t> labels;
  explicit SoftmaxInputs(SoftmaxShape s)
      : shape(s), logits(trial_values(s.rows * s.classes, 1)), labels(s.rows) {
    for (float& x : logits) x *= 8;
    for (size_t r = 0; r < s.rows; ++r) labels[r] = static_cast<int32_t>(r * 7 % s.classes);
  }
};

// An error of the row's sum of exponentials is an absolute error of its logarithm; exp passes on
// its argument's rounding, relative to the argument.
Reference softmax_loss_reference(const SoftmaxInputs& in) {
  Reference reference(1);
  double rows = static_cast<double>(in.shape.rows);
  for (size_t r = 0; r < in.shape.rows; ++r) {
    const float* x = in.logits.data() + r * in.shape.classes;
    double largest = *std::max_element(x, x + in.shape.classes), total = 0, arguments = 0;
    for (size_t c = 0; c < in.shape.classes; ++c) {
      double term = std::exp(x[c] - largest);
      total += term;
      arguments += term * (largest - x[c]);
    }
    double label = x[in.labels[r]], log_total = std::log(total);
    reference.values[0] += (log_total + largest - label) / rows;
    reference.magnitudes[0] +=
        (1 + arguments / total + log_total + std::abs(largest) + std::abs(label)) / rows;
  }
  return reference;
}

}  // namespace

SequenceTrial softmax_cross_entropy_forward_trial(SoftmaxShape shape) {
  auto in = std::make_shared<const SoftmaxInputs>(shape);
  auto workspace = trial_workspace(softmax_workspace_bytes(shape));
  auto probabilities = std::make_shared<std::vector<float>>(in->logits.size());
  SequenceTrial trial;
  trial.shape = "rows=" + std::to_string(shape.rows) + " classes=" + std::to_string(shape.classes);
  trial.elements = 1;
  trial.run = [=](Pool& pool, Variant variant, float* out) {
    softmax_cross_entropy_forward(pool, variant, shape, in->logits.data(), in->labels.data(),
                                  probabilities->data(), out, workspace.get());
  };
  trial.run_private = [=, held = TrialCopies(1)](Pool& pool, float* out) mutable {
    PrivateCopies& copies = held.begin(pool);
    auto* losses = static_cast<float*>(workspace.get());
    float scale = 1 / static_cast<float>(shape.rows);
    launch_grid(pool, block_count(shape.rows, kSoftmaxRowsPerBlock), [&](size_t block, unsigned w) {
      Range rows = block_range(block, shape.rows, kSoftmaxRowsPerBlock);
      softmax_row_losses(shape, rows, in->logits.data(), in->labels.data(), probabilities->data(),
                         losses);
      *copies.copy(w) += sum_lanes(losses + rows.begin, rows.end - rows.begin) * scale;
    });
    copies.merge(pool, out);
  };
  trial.reference = [=] { return softmax_loss_reference(*in); };
  trial.roundings = shape.classes / 32 + shape.rows / 32 + 24;
  return trial;
}

}  // namespace detaudit::kernels
