#include <gtest/gtest.h>

#include <limits>

#include "rules/cause.h"
#include "rules/rule.h"

namespace detaudit::rules {
namespace {

using instrument::EventKind;
using instrument::ReplayRecord;

ReplayRecord replay(unsigned executions, unsigned distinct) {
  ReplayRecord record;
  record.executions = executions;
  record.distinct = distinct;
  return record;
}

kernels::Magnitude magnitude(double max_abs, double scale) {
  kernels::Magnitude m;
  m.elements = 100;
  m.differing = 7;
  m.max_abs = max_abs;
  m.scale = scale;
  return m;
}

// An operation on floats whose origin the held arms reached and agreed on.
OriginEvidence operation() {
  OriginEvidence evidence;
  evidence.inputs = 2;
  evidence.epsilon = std::numeric_limits<float>::epsilon();
  evidence.held = {Factor::kSchedule, 1, 0};
  return evidence;
}

OriginEvidence freed(OriginEvidence evidence, Factor factor, unsigned pairs, unsigned diverged) {
  evidence.freed.push_back({factor, pairs, diverged});
  return evidence;
}

TEST(Conclude, NoEvidenceIsUnknown) {
  const Conclusion conclusion = conclude(operation());
  EXPECT_EQ(conclusion.cause, Cause::kUnknown);
  EXPECT_EQ(conclusion.proof, Proof::kInferred);
  EXPECT_EQ(conclusion.code, "DET110");
  EXPECT_FALSE(conclusion.evidence.empty());
}

TEST(Conclude, EachFactorAloneNamesItsCause) {
  const std::pair<Factor, Cause> expected[] = {{Factor::kMemory, Cause::kUninitializedMemory},
                                               {Factor::kEntropy, Cause::kUnseededRng},
                                               {Factor::kClock, Cause::kTimeDependence},
                                               {Factor::kAddresses, Cause::kHashOrder},
                                               {Factor::kHashSeed, Cause::kHashOrder}};
  for (const auto& [factor, cause] : expected) {
    const Conclusion conclusion = conclude(freed(operation(), factor, 1, 1));
    EXPECT_EQ(conclusion.cause, cause) << factor_name(factor);
    EXPECT_EQ(conclusion.proof, Proof::kCounterfactual) << factor_name(factor);
  }
}

TEST(Conclude, AFactorThatDoesNotBringItBackIsNoCause) {
  for (Factor factor : {Factor::kMemory, Factor::kEntropy, Factor::kClock, Factor::kAddresses}) {
    EXPECT_EQ(conclude(freed(operation(), factor, 3, 0)).cause, Cause::kUnknown);
  }
}

TEST(Conclude, NoCounterfactualWhenTheHeldArmsPartToo) {
  OriginEvidence evidence = freed(operation(), Factor::kMemory, 1, 1);
  evidence.held = {Factor::kSchedule, 1, 1};
  EXPECT_EQ(conclude(evidence).cause, Cause::kUnknown);
}

TEST(Conclude, NoCounterfactualWhenNoHeldArmReachedIt) {
  OriginEvidence evidence = freed(operation(), Factor::kMemory, 1, 1);
  evidence.held = {Factor::kSchedule, 0, 0};
  EXPECT_EQ(conclude(evidence).cause, Cause::kUnknown);
}

TEST(Conclude, RoundingUnderAFreeScheduleIsFloatAtomics) {
  OriginEvidence evidence = operation();
  evidence.held = {Factor::kSchedule, 0, 0};
  evidence.replay_free = replay(9, 5);
  evidence.replay_one_worker = replay(9, 1);
  evidence.magnitude = magnitude(2e-6, 1.0);
  const Conclusion conclusion = conclude(evidence);
  EXPECT_EQ(conclusion.cause, Cause::kFloatAtomics);
  EXPECT_EQ(conclusion.proof, Proof::kReplay);
  EXPECT_EQ(conclusion.code, "DET101");
}

TEST(Conclude, BeyondRoundingUnderAFreeScheduleIsARace) {
  OriginEvidence evidence = operation();
  evidence.replay_free = replay(9, 9);
  evidence.replay_one_worker = replay(9, 1);
  // Small against the value, large against the change: a lost update of a weight.
  evidence.magnitude = magnitude(1e-4, 1.0);
  evidence.change_scale = 1e-3;
  const Conclusion conclusion = conclude(evidence);
  EXPECT_EQ(conclusion.cause, Cause::kThreadScheduling);
  EXPECT_EQ(conclusion.code, "DET106");
}

TEST(Conclude, IntegersUnderAFreeScheduleAreARace) {
  OriginEvidence evidence = freed(operation(), Factor::kSchedule, 1, 1);
  evidence.epsilon = 0;
  EXPECT_EQ(conclude(evidence).cause, Cause::kThreadScheduling);
  EXPECT_EQ(conclude(evidence).proof, Proof::kCounterfactual);
}

TEST(Conclude, VaryingOnOneWorkerTooIsNoScheduling) {
  OriginEvidence evidence = operation();
  evidence.held = {};
  evidence.replay_free = replay(9, 9);
  evidence.replay_one_worker = replay(9, 9);
  evidence.magnitude = magnitude(1e-7, 1.0);
  const Conclusion conclusion = conclude(evidence);
  EXPECT_EQ(conclusion.cause, Cause::kUnknown);
  EXPECT_EQ(conclusion.proof, Proof::kReplay);
}

TEST(Conclude, AStreamFollowsWhatSeededIt) {
  OriginEvidence evidence = operation();
  evidence.kind = EventKind::kRngStream;
  evidence.inputs = 0;
  EXPECT_EQ(conclude(freed(evidence, Factor::kEntropy, 1, 1)).code, "DET102");
  EXPECT_EQ(conclude(freed(evidence, Factor::kClock, 1, 1)).code, "DET108");
}

TEST(Conclude, ReadingEntropyIsNoCrime) {
  OriginEvidence evidence = operation();
  evidence.entropy_reads.push_back({});
  evidence = freed(evidence, Factor::kEntropy, 1, 0);
  EXPECT_EQ(conclude(evidence).cause, Cause::kUnknown);
}

TEST(Conclude, BatchesInArrivalOrder) {
  OriginEvidence evidence = operation();
  evidence.kind = EventKind::kBatch;
  evidence.epsilon = 0;
  evidence.batch_same_samples = true;
  const Conclusion conclusion = conclude(freed(evidence, Factor::kSchedule, 1, 1));
  EXPECT_EQ(conclusion.cause, Cause::kDataOrder);
  EXPECT_EQ(conclusion.proof, Proof::kCounterfactual);
  EXPECT_EQ(conclusion.code, "DET104");
  EXPECT_EQ(conclude(freed(evidence, Factor::kEntropy, 1, 1)).cause, Cause::kUnseededRng);
}

TEST(Conclude, TheShapeOfTheDivergenceKeepsItsCode) {
  OriginEvidence missing = operation();
  missing.shape = OriginShape::kOnlyInOneRun;
  EXPECT_EQ(conclude(missing).code, "DET111");
  EXPECT_EQ(conclude(freed(missing, Factor::kClock, 1, 1)).code, "DET111");
  EXPECT_EQ(conclude(freed(missing, Factor::kClock, 1, 1)).cause, Cause::kTimeDependence);
  OriginEvidence entered = operation();
  entered.shape = OriginShape::kEnteredUnseen;
  EXPECT_EQ(conclude(entered).code, "DET112");
}

TEST(Conclude, TheStrongerProofWins) {
  OriginEvidence evidence = freed(operation(), Factor::kMemory, 1, 1);
  evidence.replay_free = replay(9, 4);
  evidence.replay_one_worker = replay(9, 1);
  evidence.magnitude = magnitude(1e-7, 1.0);
  EXPECT_EQ(conclude(evidence).cause, Cause::kUninitializedMemory);
}

TEST(DifferenceSize, ScalesWithTheType) {
  OriginEvidence evidence = operation();
  evidence.magnitude = magnitude(1e-6, 1.0);
  EXPECT_EQ(difference_size(evidence), DifferenceSize::kRounding);
  evidence.epsilon = std::numeric_limits<double>::epsilon();
  EXPECT_EQ(difference_size(evidence), DifferenceSize::kBeyondRounding);
  evidence.epsilon = 0;
  EXPECT_EQ(difference_size(evidence), DifferenceSize::kUnknown);
}

}  // namespace
}  // namespace detaudit::rules
