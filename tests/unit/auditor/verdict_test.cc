#include "auditor/audit/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auditor/environment/manifest.h"

namespace detaudit::auditor {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

Observation two_comparisons() {
  Observation observation;
  observation.runs.resize(3);
  observation.comparisons.resize(2);
  observation.findings.resize(1);
  observation.findings[0].proven_divergence = true;
  return observation;
}

TEST(Judge, SaysHowManyOriginsAreNotListed) {
  Observation observation = two_comparisons();
  observation.comparisons[0].groups_left_out = 3;
  observation.comparisons[0].occurrences_left_out = 5;
  observation.comparisons[1].groups_left_out = 40;
  observation.comparisons[1].occurrences_left_out = 70;
  const Judgement judgement = judge({}, observation, {});
  EXPECT_EQ(judgement.verdict, Verdict::kDivergent);
  EXPECT_THAT(judgement.reasons, Contains(HasSubstr("40 more, of 70 events")));
}

TEST(Judge, SaysNothingOfThemWhereAllAreListed) {
  const Judgement judgement = judge({}, two_comparisons(), {});
  EXPECT_EQ(judgement.verdict, Verdict::kDivergent);
  EXPECT_THAT(judgement.reasons, Not(Contains(HasSubstr("more, of"))));
}

}  // namespace
}  // namespace detaudit::auditor
