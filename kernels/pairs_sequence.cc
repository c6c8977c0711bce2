#include "kernels/pairs_sequence.h"

#include "kernels/sequence_trials.h"

namespace detaudit::kernels {
namespace {

// Makes a pair's trials when they are asked for: at the contended shape to measure, at the others
// (odd sizes, remainders, many contributions) to verify.
template <typename MakeTrial>
auto measure_at(MakeTrial make_trial) {
  return [make_trial](Pool& pool) {
    SequenceTrial trial = make_trial();
    trial.shape = "contended: " + trial.shape;
    return measure_trial(pool, trial);
  };
}
template <typename MakeTrials>
auto verify_all(MakeTrials make_trials) {
  return [make_trials](unsigned repeats) {
    std::vector<SequenceTrial> trials = make_trials();
    return verify_trials(trials, repeats);
  };
}

using Trials = std::vector<SequenceTrial>;

const Pair kPairs[] = {
    {.op = "sum",
     .summary = "sum of all elements",
     .atomic_how = "blocks add the sums of their chunks to one float in arrival order",
     .deterministic_how = "chunks of 4096 and 32 lanes are fixed; a tree folds the lanes and the "
                          "chunks' partials are folded in index order",
     .source = "two-pass parallel sum, Shanmugavelu et al. 2024",
     .header = "kernels/sum.h",
     .measure = measure_at([] { return sum_trial(1 << 20); }),
     .verify = verify_all([] {
       return Trials{sum_trial(4097), sum_trial(1000003)};
     })},
    {.op = "sum_of_squares",
     .summary = "sum of squares of all elements, for gradient clipping",
     .atomic_how = "blocks add the sums of their chunks to one float in arrival order",
     .deterministic_how = "as sum; a lane is one FMA chain",
     .source = "two-pass parallel sum, Shanmugavelu et al. 2024",
     .header = "kernels/sum.h",
     .measure = measure_at([] { return sum_of_squares_trial(1 << 20); }),
     .verify = verify_all([] {
       return Trials{sum_of_squares_trial(4097), sum_of_squares_trial(1000003)};
     })},
    {.op = "column_sum",
     .summary = "sum over the rows of a matrix: the bias gradient of a dense layer",
     .atomic_how = "blocks of rows add their partial sums in arrival order",
     .deterministic_how = "chunks of 128 rows are fixed; partials are folded in index order",
     .source = "two-level column sum",
     .header = "kernels/column_sum.h",
     .measure = measure_at([] {
       return column_sum_trial({32768, 64});
     }),
     .verify = verify_all([] {
       return Trials{column_sum_trial({301, 75}), column_sum_trial({20000, 64})};
     })},
    {.op = "dense_backward_weight",
     .summary = "gradient of a dense layer's weights, summed over the batch",
     .atomic_how = "split-K: spans of rows add their tiles of the product in arrival order",
     .deterministic_how =
         "each element is one FMA chain over the rows in order, whatever the tiling",
     .source = "k-ordered GEMM, as RepDL",
     .header = "kernels/dense.h",
     .measure = measure_at([] {
       return dense_backward_weight_trial({1024, 256, 256});
     }),
     .verify = verify_all([] {
       return Trials{dense_backward_weight_trial({70, 33, 17}),
                     dense_backward_weight_trial({600, 140, 130})};
     })},
    {.op = "scatter_add",
     .summary = "rows added to the rows of a table that indices name",
     .atomic_how = "blocks of source rows add their elements in arrival order",
     .deterministic_how = "the stable order of the indices is unique; tiles of 256 sorted records "
                          "add runs in source order, partials of longer runs in tile order; small "
                          "tables have fixed chunks of sources, folded in index order",
     .source = "radix sort and segmented sum with fixed tiles, as index_put in PyTorch",
     .header = "kernels/scatter_add.h",
     .measure = measure_at([] {
       return scatter_add_trial({8192, 16, 64}, IndexSpread::kUniform);
     }),
     .verify = verify_all([] {
       return Trials{scatter_add_trial({1000, 300, 20}, IndexSpread::kZipf),
                     scatter_add_trial({10000, 1, 64}, IndexSpread::kOneRow),
                     scatter_add_trial({3000, 5000, 16}, IndexSpread::kUniform)};
     })},
    {.op = "embedding_backward",
     .summary = "gradient of an embedding table",
     .atomic_how = "blocks of tokens add their gradients' rows in arrival order",
     .deterministic_how = "as scatter_add, into zeros",
     .source = "radix sort and segmented sum with fixed tiles, as embedding in PyTorch",
     .header = "kernels/scatter_add.h",
     .measure = measure_at([] {
       return embedding_backward_trial({8192, 65, 64}, IndexSpread::kZipf);
     }),
     .verify = verify_all([] {
       return Trials{embedding_backward_trial({777, 65, 30}, IndexSpread::kZipf),
                     embedding_backward_trial({8192, 65, 64}, IndexSpread::kZipf)};
     })},
    {.op = "layer_norm_backward",
     .summary = "gradients of layer normalisation's input, scale and offset",
     .atomic_how = "blocks of rows add their partial dgamma and dbeta in arrival order",
     .deterministic_how = "chunks of rows depend on their number alone; partials are folded in "
                          "index order",
     .source = "per-block partials and a column sum, Liger kernels",
     .header = "kernels/layer_norm.h",
     .measure = measure_at([] {
       return layer_norm_backward_trial({8192, 64});
     }),
     .verify = verify_all([] {
       return Trials{layer_norm_backward_trial({70, 33}), layer_norm_backward_trial({2048, 64})};
     })},
    {.op = "softmax_cross_entropy_forward",
     .summary = "softmax and the mean cross-entropy loss",
     .atomic_how = "blocks of 8 rows add their losses to one float in arrival order",
     .deterministic_how = "rows' losses are stored, then folded in 32 lanes and a fixed tree",
     .source = "two-pass loss, as TensorFlow since 2.6",
     .header = "kernels/softmax_cross_entropy.h",
     .measure = measure_at([] {
       return softmax_cross_entropy_forward_trial({16384, 10});
     }),
     .verify = verify_all([] {
       return Trials{softmax_cross_entropy_forward_trial({65, 10}),
                     softmax_cross_entropy_forward_trial({4096, 33})};
     })},
    {.op = "attention_backward",
     .summary = "gradients of causal multi-head attention's queries, keys and values",
     .atomic_how = "blocks of keys add their parts of dQ in arrival order",
     .deterministic_how =
         "each element of dQ is one FMA chain over the keys in order, owned by one "
         "block; dK and dV likewise over the queries",
     .source = "FlashAttention-2 (Dao 2023), its dQ by owners in key order",
     .header = "kernels/attention.h",
     .measure = measure_at([] {
       return attention_backward_trial({4, 256, 4, 32});
     }),
     .verify = verify_all([] {
       return Trials{attention_backward_trial({1, 100, 2, 12}),
                     attention_backward_trial({4, 200, 4, 16})};
     })}};

}  // namespace

std::span<const Pair> sequence_pairs() { return kPairs; }

}  // namespace detaudit::kernels
