#include <cmath>

#include "kernels/attention_tile.h"
#include "kernels/grid.h"
#include "kernels/sequence_trials.h"
#include "kernels/trial_memory.h"

namespace detaudit::kernels {
namespace {

struct AttentionTrialInputs {
  AttentionShape shape;
  std::vector<float> qkv, doutput, output, log_sum;
  explicit AttentionTrialInputs(AttentionShape s)
      : shape(s),
        qkv(trial_values(3 * s.batch * s.sequence * s.heads * s.dim, 1)),
        doutput(trial_values(qkv.size() / 3, 2)),
        output(doutput.size()),
        log_sum(s.batch * s.sequence * s.heads) {
    Pool alone(1);
    attention_forward(alone, s, qkv.data(), output.data(), log_sum.data());
  }
  AttentionSaved saved() const { return {qkv.data(), output.data(), log_sum.data()}; }
};

struct Product {
  double value = 0, magnitude = 0;
};

Product dot(const float* a, const float* b, size_t n) {
  Product product;
  for (size_t i = 0; i < n; ++i) {
    double term = static_cast<double>(a[i]) * b[i];
    product.value += term;
    product.magnitude += std::abs(term);
  }
  return product;
}

// Adds what one (query, key) pair gives to dqkv. Output and log_sum are inputs as they are. The
// probability's relative error grows with its exponent's terms: `weight` carries that.
void add_pair(const AttentionTrialInputs& in, const AttentionHead& head, size_t query, size_t key,
              Reference& reference) {
  size_t dim = in.shape.dim, q = head.qkv_offset(QkvPart::kQuery, query);
  size_t k = head.qkv_offset(QkvPart::kKey, key), v = head.qkv_offset(QkvPart::kValue, key);
  const float* dy = in.doutput.data() + head.output_offset(query);
  double scale = 1 / std::sqrt(static_cast<double>(dim));
  double log_sum = in.log_sum[head.row_offset(query)];
  Product score = dot(&in.qkv[q], &in.qkv[k], dim);
  Product row_dot = dot(in.output.data() + head.output_offset(query), dy, dim);
  Product dprobability = dot(dy, &in.qkv[v], dim);
  double probability = std::exp(score.value * scale - log_sum);
  double weight = 2 + score.magnitude * scale + std::abs(log_sum);
  double dscore = probability * scale * (dprobability.value - row_dot.value);
  double size = probability * scale * weight * (dprobability.magnitude + row_dot.magnitude);
  auto add = [&](size_t element, double value, double magnitude) {
    reference.values[element] += value;
    reference.magnitudes[element] += magnitude;
  };
  for (size_t d = 0; d < dim; ++d) {
    add(q + d, dscore * in.qkv[k + d], size * std::abs(in.qkv[k + d]));
    add(k + d, dscore * in.qkv[q + d], size * std::abs(in.qkv[q + d]));
    add(v + d, probability * dy[d], probability * weight * std::abs(dy[d]));
  }
}

Reference attention_reference(const AttentionTrialInputs& in) {
  Reference reference(in.qkv.size());
  for (size_t index = 0; index < in.shape.batch * in.shape.heads; ++index)
    for (size_t query = 0; query < in.shape.sequence; ++query)
      for (size_t key = 0; key <= query; ++key)
        add_pair(in, AttentionHead(in.shape, index), query, key, reference);
  return reference;
}

// One block a key tile, as the atomic version; dQ of all rows, packed, is the private copy.
void attention_backward_private(Pool& pool, const AttentionTrialInputs& in, float* row_dots,
                                PrivateCopies& copies, float* dq, float* dqkv) {
  AttentionShape shape = in.shape;
  size_t tiles = attention_tiles(shape), width = shape.heads * shape.dim;
  attention_row_dots(pool, shape, in.output.data(), in.doutput.data(), row_dots);
  AttentionInputs inputs{in.saved(), in.doutput.data(), row_dots};
  launch_grid(pool, shape.batch * shape.heads * tiles, [&](size_t block, unsigned worker) {
    AttentionHead head(shape, block / tiles);
    AttentionBackwardTile tile(inputs, head);
    float* mine = copies.copy(worker);
    for (size_t query_tile = block % tiles; query_tile < tiles; ++query_tile) {
      tile.compute(query_tile, block % tiles);
      tile.add_to_keys(dqkv);
      tile.add_to_queries(mine + head.output_offset(tile.queries().begin), width,
                          AttentionBackwardTile::Chain::kContinue);
    }
  });
  copies.merge(pool, dq);
  launch_elementwise(pool, shape.batch * shape.sequence, [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row)
      std::copy_n(dq + row * width, width, dqkv + 3 * row * width);
  });
}

}  // namespace

SequenceTrial attention_backward_trial(AttentionShape shape) {
  auto in = std::make_shared<const AttentionTrialInputs>(shape);
  auto workspace = trial_workspace(attention_workspace_bytes(shape));
  auto dq = std::make_shared<std::vector<float>>(in->output.size());
  SequenceTrial trial;
  trial.shape = "batch=" + std::to_string(shape.batch) +
                " sequence=" + std::to_string(shape.sequence) +
                " heads=" + std::to_string(shape.heads) + " dim=" + std::to_string(shape.dim);
  trial.elements = in->qkv.size();
  trial.run = [=](Pool& pool, Variant variant, float* out) {
    attention_backward(pool, variant, shape, in->saved(), in->doutput.data(), out, workspace.get());
  };
  trial.run_private = [=, held = TrialCopies(dq->size())](Pool& pool, float* out) mutable {
    attention_backward_private(pool, *in, static_cast<float*>(workspace.get()), held.begin(pool),
                               dq->data(), out);
  };
  trial.reference = [in] { return attention_reference(*in); };
  // Scores and their gradients are chains over dim, the sums over at most all rows.
  trial.roundings = shape.sequence + 2 * shape.dim + 16;
  return trial;
}

}  // namespace detaudit::kernels
