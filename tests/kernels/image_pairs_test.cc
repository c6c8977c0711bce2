#include <gtest/gtest.h>

#include <set>

#include "kernels/pair_trial.h"
#include "kernels/pairs_image.h"

namespace detaudit::kernels {
namespace {

TEST(ImagePairs, EveryPairPassesItsOwnVerification) {
  for (const Pair& pair : image_pairs()) {
    SCOPED_TRACE(pair.op);
    PairCheck check = pair.verify(2);
    EXPECT_TRUE(check.passed);
    EXPECT_EQ(check.distinct_deterministic, 1u);
    EXPECT_EQ(check.executions, 2u * 4 * 2 * 2);  // shapes, thread counts, repeats, versions
    EXPECT_GT(check.error_bound, 0);
    EXPECT_LE(check.max_relative_error, check.error_bound);
  }
}

TEST(ImagePairs, AreDescribed) {
  std::set<std::string_view> ops;
  for (const Pair& pair : image_pairs()) {
    EXPECT_TRUE(ops.insert(pair.op).second) << pair.op;
    for (std::string_view text :
         {pair.summary, pair.atomic_how, pair.deterministic_how, pair.source, pair.header}) {
      EXPECT_FALSE(text.empty()) << pair.op;
    }
  }
  EXPECT_EQ(ops.size(), 7u);
}

TEST(ImagePairs, MeasureTimesAllThree) {
  Pool pool(2);
  for (const Pair& pair : image_pairs()) {
    PairCost cost = pair.measure(pool);
    EXPECT_GT(cost.atomic_seconds, 0) << pair.op;
    EXPECT_GT(cost.deterministic_seconds, 0) << pair.op;
    EXPECT_GT(cost.private_merge_seconds, 0) << pair.op;
  }
}

// A wrong result does not pass: one element off by more than the bound.
TEST(ImagePairs, CheckCatchesAWrongResultAndAVaryingOne) {
  auto values = [](float last) {
    return [last](Pool&, Variant, float* out) { out[0] = 1, out[1] = last; };
  };
  PairCase right{2, values(2), {1, 2}, {1, 2}, 1e-6};
  EXPECT_TRUE(check_pair({&right, 1}, 1).passed);
  PairCase wrong = right;
  wrong.run = values(2.001f);
  EXPECT_FALSE(check_pair({&wrong, 1}, 1).passed);
  PairCase varying = right;
  varying.run = [](Pool& pool, Variant, float* out) {
    out[0] = 1, out[1] = pool.threads() == 3 ? 2.0000002f : 2;
  };
  PairCheck check = check_pair({&varying, 1}, 1);
  EXPECT_EQ(check.distinct_deterministic, 2u);
  EXPECT_FALSE(check.passed);
}

}  // namespace
}  // namespace detaudit::kernels
