#include <algorithm>
#include <cmath>

#include "kernels/grid.h"
#include "kernels/philox.h"
#include "kernels/sequence_trials.h"
#include "kernels/trial_memory.h"

namespace detaudit::kernels {
namespace {

const char* spread_name(IndexSpread spread) {
  switch (spread) {
    case IndexSpread::kOneRow:
      return "one row";
    case IndexSpread::kUniform:
      return "uniform";
    case IndexSpread::kZipf:
      return "Zipf";
  }
  return "";
}

std::vector<int32_t> spread_indices(ScatterShape shape, IndexSpread spread) {
  std::vector<int32_t> indices(shape.sources);
  Philox state = philox_stream(1, 2);
  PhiloxEngine engine(state);
  double last = static_cast<double>(shape.destinations);
  for (int32_t& index : indices) {
    double u = unit_float(engine());
    // Row k with a density of 1 / k: the inverse of its distribution, a power of the row count.
    if (spread == IndexSpread::kZipf) index = static_cast<int32_t>(std::pow(last, u)) - 1;
    if (spread == IndexSpread::kUniform) index = static_cast<int32_t>(u * last);
    if (spread == IndexSpread::kOneRow) index = static_cast<int32_t>(shape.destinations / 2);
    index = std::clamp<int32_t>(index, 0, static_cast<int32_t>(shape.destinations) - 1);
  }
  return indices;
}

struct ScatterInputs {
  ScatterShape shape;
  std::vector<int32_t> indices;
  std::vector<float> source;
  ScatterInputs(ScatterShape s, IndexSpread spread)
      : shape(s), indices(spread_indices(s, spread)), source(trial_values(s.sources * s.cols, 1)) {}

  void scatter_private(Pool& pool, PrivateCopies& copies, float* out) const {
    constexpr size_t kSourcesPerBlock = 64;
    launch_grid(pool, block_count(shape.sources, kSourcesPerBlock), [&](size_t block, unsigned w) {
      float* table = copies.copy(w);
      Range range = block_range(block, shape.sources, kSourcesPerBlock);
      for (size_t s = range.begin; s < range.end; ++s) {
        float* row = table + static_cast<size_t>(indices[s]) * shape.cols;
        for (size_t c = 0; c < shape.cols; ++c) row[c] += source[s * shape.cols + c];
      }
    });
    copies.merge(pool, out);
  }
};

// The part of a trial that does not depend on what the table holds before.
SequenceTrial scatter_trial(std::shared_ptr<const ScatterInputs> in, IndexSpread spread) {
  ScatterShape shape = in->shape;
  SequenceTrial trial;
  trial.shape = "sources=" + std::to_string(shape.sources) +
                " rows=" + std::to_string(shape.destinations) +
                " cols=" + std::to_string(shape.cols) + ", " + spread_name(spread);
  trial.elements = shape.destinations * shape.cols;
  trial.reference = [in, shape, elements = trial.elements] {
    Reference reference(elements);
    for (size_t i = 0; i < in->source.size(); ++i)
      reference.add(in->indices[i / shape.cols] * shape.cols + i % shape.cols, in->source[i]);
    return reference;
  };
  // Sorted: a tile's run, the partials of as many tiles as there are, the table's row before.
  // Copied: a chunk of at most a quarter of the sources, and the copies.
  trial.roundings =
      std::max(block_count(shape.sources, 4) + 16,
               std::min<size_t>(256, shape.sources) + block_count(shape.sources, 256)) +
      1;
  return trial;
}

}  // namespace

SequenceTrial embedding_backward_trial(ScatterShape shape, IndexSpread spread) {
  auto in = std::make_shared<const ScatterInputs>(shape, spread);
  auto workspace = trial_workspace(scatter_add_workspace_bytes(shape));
  SequenceTrial trial = scatter_trial(in, spread);
  trial.run = [=](Pool& pool, Variant variant, float* out) {
    embedding_backward(pool, variant, shape, in->indices.data(), in->source.data(), out,
                       workspace.get());
  };
  trial.run_private = [=, held = TrialCopies(trial.elements)](Pool& pool, float* out) mutable {
    in->scatter_private(pool, held.begin(pool), out);
  };
  return trial;
}

SequenceTrial scatter_add_trial(ScatterShape shape, IndexSpread spread) {
  auto in = std::make_shared<const ScatterInputs>(shape, spread);
  auto before =
      std::make_shared<const std::vector<float>>(trial_values(shape.destinations * shape.cols, 2));
  auto workspace = trial_workspace(scatter_add_workspace_bytes(shape));
  SequenceTrial trial = scatter_trial(in, spread);
  trial.run = [=](Pool& pool, Variant variant, float* out) {
    launch_elementwise(pool, before->size(), [&](size_t begin, size_t end) {
      std::copy_n(before->data() + begin, end - begin, out + begin);
    });
    scatter_add(pool, variant, shape, in->indices.data(), in->source.data(), out, workspace.get());
  };
  trial.run_private = [=, held = TrialCopies(trial.elements)](Pool& pool, float* out) mutable {
    in->scatter_private(pool, held.begin(pool), out);
    launch_elementwise(pool, before->size(), [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) out[i] += (*before)[i];
    });
  };
  trial.reference = [before, sums = trial.reference] {
    Reference reference = sums();
    for (size_t i = 0; i < before->size(); ++i) reference.add(i, (*before)[i]);
    return reference;
  };
  return trial;
}

}  // namespace detaudit::kernels
