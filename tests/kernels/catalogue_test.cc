#include "kernels/catalogue.h"

#include <gtest/gtest.h>

#include <set>

#include "kernels/pairs_image.h"
#include "kernels/pairs_sequence.h"
#include "kernels/sequence_trials.h"

namespace detaudit::kernels {
namespace {

TEST(Catalogue, HoldsEveryPairOnceInOrderOfNames) {
  std::span<const Pair> pairs = catalogue();
  ASSERT_EQ(pairs.size(), image_pairs().size() + sequence_pairs().size());
  for (size_t i = 1; i < pairs.size(); ++i) EXPECT_LT(pairs[i - 1].op, pairs[i].op);
}

TEST(Catalogue, FindsByNameAndOnlyWhatIsThere) {
  for (const Pair& pair : catalogue()) EXPECT_EQ(find_pair(pair.op), &pair);
  EXPECT_EQ(find_pair("sum_"), nullptr);
  EXPECT_EQ(find_pair(""), nullptr);
}

TEST(SequencePairs, AreDescribed) {
  for (const Pair& pair : sequence_pairs())
    for (std::string_view text :
         {pair.summary, pair.atomic_how, pair.deterministic_how, pair.source, pair.header})
      EXPECT_FALSE(text.empty()) << pair.op;
  EXPECT_EQ(sequence_pairs().size(), 9u);
}

TEST(SequencePairs, EveryPairPassesItsOwnVerification) {
  for (const Pair& pair : sequence_pairs()) {
    SCOPED_TRACE(pair.op);
    PairCheck check = pair.verify(2);
    EXPECT_TRUE(check.passed);
    EXPECT_EQ(check.distinct_deterministic, 1u);
    EXPECT_GE(check.executions, 2u * 4 * 2 * 2);  // shapes, thread counts, repeats, versions
    EXPECT_GT(check.max_relative_error, 0);
    EXPECT_LE(check.max_relative_error, check.error_bound);
  }
}

TEST(SequencePairs, MeasureTimesAllThree) {
  Pool pool(2);
  for (const Pair& pair : sequence_pairs()) {
    PairCost cost = pair.measure(pool);
    EXPECT_EQ(cost.shape.rfind("contended: ", 0), 0u);
    EXPECT_GT(cost.atomic_seconds, 0) << pair.op;
    EXPECT_GT(cost.deterministic_seconds, 0) << pair.op;
    EXPECT_GT(cost.private_merge_seconds, 0) << pair.op;
  }
}

// The third variant must compute the same thing, or the comparison is not one.
TEST(SequencePairs, PrivateMergeComputesTheSame) {
  for (SequenceTrial trial :
       {sum_trial(50001), sum_of_squares_trial(50001), column_sum_trial({301, 75}),
        dense_backward_weight_trial({70, 33, 17}),
        scatter_add_trial({1000, 300, 20}, IndexSpread::kZipf),
        embedding_backward_trial({1000, 300, 20}, IndexSpread::kUniform),
        layer_norm_backward_trial({70, 33}), softmax_cross_entropy_forward_trial({65, 10}),
        attention_backward_trial({1, 100, 2, 12})}) {
    Pool pool(3);
    std::vector<float> out(trial.elements);
    trial.run_private(pool, out.data());
    Reference reference = trial.reference();
    // Its sums run over a whole thread's share: as many roundings as there are terms.
    PairCase as_case{trial.elements, {}, reference.values, reference.magnitudes, 0};
    EXPECT_LE(relative_error(out, as_case), rounding_bound(2000)) << trial.shape;
  }
}

// A result that is off by more than its bound, as a wrong kernel's would be, does not pass.
TEST(SequencePairs, VerificationCatchesAWrongResult) {
  SequenceTrial trial = column_sum_trial({301, 75});
  EXPECT_TRUE(verify_trials({&trial, 1}, 1).passed);
  trial.run = [run = trial.run](Pool& pool, Variant variant, float* out) {
    run(pool, variant, out);
    out[74] += 1;
  };
  EXPECT_FALSE(verify_trials({&trial, 1}, 1).passed);
}

}  // namespace
}  // namespace detaudit::kernels
