#pragma once

#include <functional>
#include <span>
#include <string>

#include "kernels/attention.h"
#include "kernels/column_sum.h"
#include "kernels/dense.h"
#include "kernels/pair_trial.h"
#include "kernels/reference.h"
#include "kernels/scatter_add.h"
#include "kernels/softmax_cross_entropy.h"

namespace detaudit::kernels {

// One pair at one shape, on trial values that it owns. What verifying, measuring and the benchmark
// are made of.
struct SequenceTrial {
  std::string shape;    // "rows=65536 cols=64"
  size_t elements = 0;  // of the output; several outputs lie one after the other
  std::function<void(Pool&, Variant, float* out)> run;
  // Thread-private outputs merged in arrival order: nondeterministic, the fastest one could write.
  std::function<void(Pool&, float* out)> run_private;
  std::function<Reference()> reference;
  size_t roundings = 0;  // on the longest way of a term into its sum
};

// How scatter trials spread their indices: the two extremes, and what text gives an embedding.
enum class IndexSpread { kOneRow, kUniform, kZipf };

SequenceTrial sum_trial(size_t n);
SequenceTrial sum_of_squares_trial(size_t n);
SequenceTrial column_sum_trial(MatrixShape shape);
SequenceTrial dense_backward_weight_trial(DenseShape shape);
SequenceTrial scatter_add_trial(ScatterShape shape, IndexSpread spread);
SequenceTrial embedding_backward_trial(ScatterShape shape, IndexSpread spread);
SequenceTrial layer_norm_backward_trial(MatrixShape shape);             // dx, dgamma, dbeta
SequenceTrial softmax_cross_entropy_forward_trial(SoftmaxShape shape);  // the loss
SequenceTrial attention_backward_trial(AttentionShape shape);           // dqkv

PairCost measure_trial(Pool& pool, const SequenceTrial& trial);
PairCheck verify_trials(std::span<const SequenceTrial> trials, unsigned repeats);

}  // namespace detaudit::kernels
