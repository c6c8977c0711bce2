#include <algorithm>
#include <cmath>

#include "kernels/gemm.h"
#include "kernels/grid.h"
#include "kernels/layer_norm_rows.h"
#include "kernels/sequence_trials.h"
#include "kernels/trial_memory.h"

namespace detaudit::kernels {
namespace {

struct DenseInputs {
  DenseShape shape;
  std::vector<float> x, dy;
  explicit DenseInputs(DenseShape s)
      : shape(s), x(trial_values(s.rows * s.inputs, 1)), dy(trial_values(s.rows * s.outputs, 2)) {}
};

Reference dense_weight_reference(const DenseInputs& in) {
  auto [rows, inputs, outputs] = in.shape;
  Reference reference(inputs * outputs);
  for (size_t r = 0; r < rows; ++r)
    for (size_t i = 0; i < inputs; ++i)
      for (size_t o = 0; o < outputs; ++o)
        reference.add(i * outputs + o,
                      static_cast<double>(in.x[r * inputs + i]) * in.dy[r * outputs + o]);
  return reference;
}

}  // namespace

SequenceTrial dense_backward_weight_trial(DenseShape shape) {
  auto in = std::make_shared<const DenseInputs>(shape);
  SequenceTrial trial;
  trial.shape = "rows=" + std::to_string(shape.rows) + " inputs=" + std::to_string(shape.inputs) +
                " outputs=" + std::to_string(shape.outputs);
  trial.elements = shape.inputs * shape.outputs;
  trial.run = [=](Pool& pool, Variant variant, float* out) {
    dense_backward_weight(pool, variant, shape, in->x.data(), in->dy.data(), out);
  };
  trial.run_private = [=, held = TrialCopies(trial.elements)](Pool& pool, float* out) mutable {
    PrivateCopies& copies = held.begin(pool);
    size_t span_rows = std::max<size_t>(16, block_count(shape.rows, 16));
    launch_grid(pool, block_count(shape.rows, span_rows), [&](size_t block, unsigned worker) {
      Range span = block_range(block, shape.rows, span_rows);
      gemm_block(Transpose::kYes, Transpose::kNo, shape.inputs, shape.outputs,
                 span.end - span.begin, in->x.data() + span.begin * shape.inputs, shape.inputs,
                 in->dy.data() + span.begin * shape.outputs, shape.outputs, copies.copy(worker),
                 shape.outputs, GemmOutput::kAccumulate);
    });
    copies.merge(pool, out);
  };
  trial.reference = [=] { return dense_weight_reference(*in); };
  trial.roundings = shape.rows;
  return trial;
}

namespace {

struct LayerNormInputs {
  MatrixShape shape;
  std::vector<float> x, dy, past, gamma, mean, rstd;
  explicit LayerNormInputs(MatrixShape s)
      : shape(s),
        x(trial_values(s.rows * s.cols, 1)),
        dy(trial_values(s.rows * s.cols, 2)),
        past(trial_values(s.rows * s.cols, 4)),
        gamma(trial_values(s.cols, 3)),
        mean(s.rows),
        rstd(s.rows) {
    std::vector<float> y(x.size());
    Pool alone(1);
    layer_norm_forward(alone, s, x.data(), gamma.data(), gamma.data(), y.data(), mean.data(),
                       rstd.data());
  }
  LayerNormSaved saved() const { return {x.data(), gamma.data(), mean.data(), rstd.data()}; }
  LayerNormUpstream upstream() const { return {dy.data(), past.data()}; }
};

// From the saved mean and rstd as they are: inputs like any other.
Reference layer_norm_reference(const LayerNormInputs& in) {
  size_t rows = in.shape.rows, cols = in.shape.cols;
  Reference reference(rows * cols + 2 * cols);
  for (size_t r = 0; r < rows; ++r) {
    double rstd = in.rstd[r], sum = 0, sum_normal = 0, size = 0, size_normal = 0;
    auto normal = [&](size_t c) { return (double{in.x[r * cols + c]} - in.mean[r]) * rstd; };
    auto scaled = [&](size_t c) { return double{in.dy[r * cols + c]} * in.gamma[c]; };
    for (size_t c = 0; c < cols; ++c) {
      sum += scaled(c) / cols;
      size += std::abs(scaled(c)) / cols;
      sum_normal += scaled(c) * normal(c) / cols;
      size_normal += std::abs(scaled(c) * normal(c)) / cols;
    }
    for (size_t c = 0; c < cols; ++c) {
      size_t i = r * cols + c;
      reference.values[i] = rstd * (scaled(c) - sum - normal(c) * sum_normal) + in.past[i];
      reference.magnitudes[i] =
          rstd * (std::abs(scaled(c)) + size + std::abs(normal(c)) * size_normal) +
          std::abs(in.past[i]);
      reference.add(rows * cols + c, in.dy[i] * normal(c));
      reference.add(rows * cols + cols + c, in.dy[i]);
    }
  }
  return reference;
}

}  // namespace

SequenceTrial layer_norm_backward_trial(MatrixShape shape) {
  auto in = std::make_shared<const LayerNormInputs>(shape);
  auto workspace = trial_workspace(layer_norm_workspace_bytes(shape));
  size_t elements = shape.rows * shape.cols, cols = shape.cols;
  SequenceTrial trial;
  trial.shape = "rows=" + std::to_string(shape.rows) + " cols=" + std::to_string(cols);
  trial.elements = elements + 2 * cols;
  trial.run = [=](Pool& pool, Variant variant, float* out) {
    layer_norm_backward(pool, variant, shape, in->saved(), in->upstream(),
                        {out, out + elements, out + elements + cols}, workspace.get());
  };
  trial.run_private = [=, held = TrialCopies(2 * cols)](Pool& pool, float* out) mutable {
    PrivateCopies& copies = held.begin(pool);
    size_t grain = layer_norm_row_chunk(shape.rows);
    launch_grid(pool, block_count(shape.rows, grain), [&](size_t block, unsigned w) {
      float* mine = copies.copy(w);
      layer_norm_backward_rows(cols, block_range(block, shape.rows, grain), in->saved(),
                               in->upstream(), {out, mine, mine + cols});
    });
    copies.merge(pool, out + elements);
  };
  trial.reference = [=] { return layer_norm_reference(*in); };
  trial.roundings = std::max(shape.cols, shape.rows) + 16;
  return trial;
}

}  // namespace detaudit::kernels
