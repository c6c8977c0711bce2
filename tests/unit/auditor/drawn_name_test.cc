#include "auditor/experiments/drawn_name.h"

#include <gtest/gtest.h>

#include "auditor/experiments/evidence.h"

namespace detaudit::auditor {
namespace {

TEST(DrawnName, NumbersDatesAndDrawnLettersMayBeOneName) {
  EXPECT_TRUE(maybe_one_name("/w/out.97", "/w/out.1423"));
  EXPECT_TRUE(maybe_one_name("/tmp/tmpo3dmyp8j/x", "/tmp/tmp0_khd90i/x"));
  EXPECT_TRUE(maybe_one_name("run-2026-11-29.log", "run-2027-01-02.log"));
  EXPECT_TRUE(maybe_one_name("/w/same", "/w/same"));
}

TEST(DrawnName, OtherNamesAreNot) {
  EXPECT_FALSE(maybe_one_name("/w/out.1423", "/w/out.1423.bak"));
  EXPECT_FALSE(maybe_one_name("/w/loss.txt", "/w/accuracy.txt"));
  EXPECT_FALSE(maybe_one_name("/w/a/out.1", "/w/out.1"));
  EXPECT_FALSE(maybe_one_name("stdout", "stderr"));
  EXPECT_FALSE(maybe_one_name("", ""));
}

OriginGroup file_of_one_run(const std::string& path) {
  OriginGroup group;
  group.shape = DivergenceShape::kOnlyInOneRun;
  group.first.kind = instrument::EventKind::kOutput;
  group.first.op = path;
  group.identities = {path.size()};
  return group;
}

rules::FactorOutcome tallied(const OriginGroup& origin, const std::vector<OriginGroup>& of_arms) {
  Comparison comparison;
  comparison.groups = of_arms;
  comparison.watched[origin.identities[0]] = EventOutcome::kAbsent;
  rules::FactorOutcome outcome{rules::Factor::kEntropy, 0, 0};
  tally(origin, comparison, outcome);
  return outcome;
}

TEST(DrawnName, ArmsThatDrawOtherNamesPart) {
  const OriginGroup origin = file_of_one_run("/w/out.1423");
  EXPECT_EQ(tallied(origin, {file_of_one_run("/w/out.7"), file_of_one_run("/w/out.8")}).diverged, 1u);
  EXPECT_EQ(tallied(origin, {}).diverged, 0u);
  EXPECT_EQ(tallied(origin, {}).pairs, 1u);
  EXPECT_EQ(tallied(origin, {file_of_one_run("/w/other.txt")}).diverged, 0u);
}

}  // namespace
}  // namespace detaudit::auditor
