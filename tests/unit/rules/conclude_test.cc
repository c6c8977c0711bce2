#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "rules/cause.h"
#include "rules/rule.h"
#include "rules/significance.h"

namespace detaudit::rules {
namespace {

using instrument::EventKind;
using instrument::ReplayRecord;

// As many of one mode's executions unlike the commonest as distinct results allow at least.
void replayed(OriginEvidence& evidence, unsigned executions, unsigned free, unsigned one_worker) {
  ReplayRecord record;
  record.executions = executions;
  record.distinct = free + 1;
  evidence.replay_free = record;
  evidence.replays_free = {executions, free};
  record.distinct = one_worker + 1;
  evidence.replay_one_worker = record;
  evidence.replays_one_worker = {executions, one_worker};
}

// Replays on inputs of exact sums: of 33, so many differed, by a share of the operation's change.
ExactReplays exact(unsigned unlike, double share) { return {{33, unlike}, 1.0, share}; }

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
  evidence.arms = 20;
  evidence.held = {Factor::kSchedule, 8, 0};
  return evidence;
}

// A schedule that replay proves to decide, by rounding.
OriginEvidence rounding() {
  OriginEvidence evidence = operation();
  replayed(evidence, 33, 30, 0);
  evidence.magnitude = magnitude(2e-6, 1.0);
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
  const std::pair<Factor, Cause> expected[] = {
      {Factor::kMemory, Cause::kUninitializedMemory}, {Factor::kEntropy, Cause::kUnseededRng},
      {Factor::kClock, Cause::kTimeDependence},       {Factor::kAddresses, Cause::kEnvironment},
      {Factor::kProcessId, Cause::kEnvironment},      {Factor::kEarlierFiles, Cause::kEnvironment},
      {Factor::kHashSeed, Cause::kHashOrder},         {Factor::kFolderOrder, Cause::kDataOrder}};
  for (const auto& [factor, cause] : expected) {
    const Conclusion conclusion = conclude(freed(operation(), factor, 6, 6));
    EXPECT_EQ(conclusion.cause, cause) << factor_name(factor);
    EXPECT_EQ(conclusion.proof, Proof::kCounterfactual) << factor_name(factor);
  }
}

TEST(Conclude, AFactorThatDoesNotBringItBackIsNoCause) {
  for (Factor factor : {Factor::kMemory, Factor::kEntropy, Factor::kClock, Factor::kAddresses}) {
    EXPECT_EQ(conclude(freed(operation(), factor, 6, 0)).cause, Cause::kUnknown);
  }
}

TEST(Conclude, NoCounterfactualWhenTheHeldArmsPartToo) {
  OriginEvidence evidence = freed(operation(), Factor::kMemory, 6, 6);
  evidence.held = {Factor::kSchedule, 8, 4};
  EXPECT_EQ(conclude(evidence).cause, Cause::kUnknown);
}

TEST(Conclude, OneLuckyPairIsNoProof) {
  OriginEvidence evidence = freed(operation(), Factor::kMemory, 1, 1);
  evidence.held = {Factor::kSchedule, 1, 0};
  EXPECT_EQ(conclude(evidence).cause, Cause::kUnknown);
}

TEST(Conclude, EveryLookAtAFactorRaisesTheBar) {
  OriginEvidence evidence = freed(operation(), Factor::kMemory, 4, 4);
  EXPECT_EQ(conclude(evidence).cause, Cause::kUninitializedMemory);
  evidence.tests = 21;
  EXPECT_EQ(conclude(evidence).cause, Cause::kUnknown);
}

TEST(Conclude, OfTheTimeAndAddressesBothAreTold) {
  OriginEvidence evidence = freed(operation(), Factor::kClock, 6, 6);
  EXPECT_THAT(conclude(evidence).fix, testing::Not(testing::HasSubstr("addresses")));
  evidence = freed(evidence, Factor::kAddresses, 6, 6);
  EXPECT_EQ(conclude(evidence).cause, Cause::kTimeDependence);
  EXPECT_THAT(conclude(evidence).fix, testing::HasSubstr("addresses"));
}

TEST(Conclude, FilesThatMoveAddressesAreNoCauseOfTheirOwn) {
  OriginEvidence evidence = freed(operation(), Factor::kEarlierFiles, 6, 6);
  EXPECT_THAT(conclude(evidence).fix, testing::HasSubstr("the same files"));
  evidence = freed(evidence, Factor::kAddresses, 6, 6);
  EXPECT_EQ(conclude(evidence).cause, Cause::kEnvironment);
  EXPECT_THAT(conclude(evidence).fix, testing::HasSubstr("where memory lies"));
}

TEST(Conclude, WhatIsSeenInAnotherOrderByAddressIsHashOrder) {
  OriginEvidence evidence = freed(operation(), Factor::kAddresses, 6, 6);
  evidence.permuted = true;
  EXPECT_EQ(conclude(evidence).cause, Cause::kHashOrder);
  evidence.permuted = false;
  evidence.kind = EventKind::kRngStream;
  EXPECT_EQ(conclude(evidence).cause, Cause::kUnseededRng);
}

TEST(Conclude, WhatPartsInOrderAloneThoughAllIsHeldIsTheOrderOfArrival) {
  OriginEvidence evidence = operation();
  evidence.kind = EventKind::kOutput;
  evidence.held = {Factor::kSchedule, 6, 4};
  evidence.held_in_other_order = 4;
  EXPECT_EQ(conclude(evidence).cause, Cause::kUnknown) << "nobody else could come first";
  EXPECT_THAT(conclude(evidence).fix, testing::StartsWith("record operations"));
  evidence.concurrent = true;
  EXPECT_EQ(conclude(evidence).cause, Cause::kThreadScheduling);
  EXPECT_EQ(conclude(evidence).proof, Proof::kInferred);
  evidence.held_in_other_order = 3;
  EXPECT_EQ(conclude(evidence).cause, Cause::kUnknown) << "once the values parted";
  EXPECT_THAT(conclude(evidence).fix, testing::HasSubstr("as they were submitted"));
  evidence.held_in_other_order = evidence.held.diverged = 0;
  EXPECT_EQ(conclude(evidence).cause, Cause::kUnknown) << "holding all helped";
}

TEST(Conclude, WhereAllIsHeldInVainAndThreadsArePlentyOneThreadIsTheNextThingToTry) {
  OriginEvidence evidence = operation();
  evidence.arms = 8;
  evidence.held = {Factor::kSchedule, 6, 4};
  EXPECT_EQ(conclude(evidence).fix.find("one thread"), std::string::npos) << "it has no other";
  evidence.concurrent = true;
  EXPECT_EQ(conclude(evidence).cause, Cause::kUnknown) << "the order was not tried";
  EXPECT_NE(conclude(evidence).fix.find("one thread"), std::string::npos);
  evidence.held.diverged = 0;
  EXPECT_EQ(conclude(evidence).fix.find("one thread"), std::string::npos) << "holding all helped";
}

TEST(Conclude, AFactorThatNoArmFreedWasNotFoundIdle) {
  using testing::Contains;
  using testing::HasSubstr;
  OriginEvidence evidence = freed(operation(), Factor::kEntropy, 3, 0);
  evidence = freed(evidence, Factor::kMemory, 0, 0);
  EXPECT_THAT(conclude(evidence).evidence, Contains(HasSubstr(factor_name(Factor::kEntropy))));
  EXPECT_THAT(conclude(evidence).evidence,
              testing::Not(Contains(HasSubstr(factor_name(Factor::kMemory)))));
}

TEST(Conclude, NoCounterfactualWhenNoHeldArmReachedIt) {
  OriginEvidence evidence = freed(operation(), Factor::kMemory, 6, 6);
  evidence.held = {Factor::kSchedule, 0, 0};
  EXPECT_EQ(conclude(evidence).cause, Cause::kUnknown);
}

TEST(Conclude, RoundingThatGoesWhereSumsAreExactIsFloatAtomics) {
  OriginEvidence evidence = rounding();
  evidence.equal_inputs = evidence.coarse_inputs = exact(0, 0);
  const Conclusion conclusion = conclude(evidence);
  EXPECT_EQ(conclusion.cause, Cause::kFloatAtomics);
  EXPECT_EQ(conclusion.proof, Proof::kReplay);
  EXPECT_EQ(conclusion.code, "DET101");
}

TEST(Conclude, RoundingAloneIsNoFloatAtomics) {
  const Conclusion conclusion = conclude(rounding());
  EXPECT_EQ(conclusion.cause, Cause::kThreadScheduling);
  EXPECT_EQ(conclusion.proof, Proof::kReplay);
}

TEST(Conclude, WhatIsLostWhereSumsAreExactIsARace) {
  OriginEvidence evidence = rounding();
  evidence.equal_inputs = exact(5, 3e-4 * 10);
  const Conclusion conclusion = conclude(evidence);
  EXPECT_EQ(conclusion.cause, Cause::kThreadScheduling);
  EXPECT_EQ(conclusion.code, "DET106");
}

TEST(Conclude, ALastWriterWinsThatEqualInputsHideIsNoFloatAtomics) {
  OriginEvidence evidence = rounding();
  evidence.equal_inputs = exact(0, 0);
  evidence.coarse_inputs = exact(20, 0.5);
  EXPECT_EQ(conclude(evidence).cause, Cause::kThreadScheduling);
}

TEST(Conclude, ReplaysThatLuckExplainsProveNoSchedule) {
  OriginEvidence evidence = operation();
  replayed(evidence, 5, 2, 0);
  evidence.magnitude = magnitude(2e-6, 1.0);
  EXPECT_EQ(conclude(evidence).cause, Cause::kUnknown);
  EXPECT_EQ(conclude(evidence).proof, Proof::kReplay);
}

TEST(Conclude, IntegersUnderAFreeScheduleAreARace) {
  OriginEvidence evidence = freed(operation(), Factor::kSchedule, 6, 6);
  evidence.epsilon = 0;
  EXPECT_EQ(conclude(evidence).cause, Cause::kThreadScheduling);
  EXPECT_EQ(conclude(evidence).proof, Proof::kCounterfactual);
}

TEST(Conclude, VaryingOnOneWorkerTooIsNoScheduling) {
  OriginEvidence evidence = operation();
  evidence.held = {};
  replayed(evidence, 33, 32, 32);
  evidence.magnitude = magnitude(1e-7, 1.0);
  const Conclusion conclusion = conclude(evidence);
  EXPECT_EQ(conclusion.cause, Cause::kUnknown);
  EXPECT_EQ(conclusion.proof, Proof::kReplay);
}

TEST(Conclude, AStreamFollowsWhatSeededIt) {
  OriginEvidence evidence = operation();
  evidence.kind = EventKind::kRngStream;
  evidence.inputs = 0;
  EXPECT_EQ(conclude(freed(evidence, Factor::kEntropy, 6, 6)).code, "DET102");
  EXPECT_EQ(conclude(freed(evidence, Factor::kClock, 6, 6)).code, "DET108");
}

TEST(Conclude, ReadingEntropyIsNoCrime) {
  OriginEvidence evidence = operation();
  evidence.entropy_reads.push_back({});
  evidence = freed(evidence, Factor::kEntropy, 6, 0);
  EXPECT_EQ(conclude(evidence).cause, Cause::kUnknown);
}

TEST(Conclude, BatchesInArrivalOrder) {
  OriginEvidence evidence = operation();
  evidence.kind = EventKind::kBatch;
  evidence.epsilon = 0;
  evidence.batch_same_samples = true;
  const Conclusion conclusion = conclude(freed(evidence, Factor::kSchedule, 6, 6));
  EXPECT_EQ(conclusion.cause, Cause::kDataOrder);
  EXPECT_EQ(conclusion.proof, Proof::kCounterfactual);
  EXPECT_EQ(conclusion.code, "DET104");
  EXPECT_EQ(conclude(freed(evidence, Factor::kEntropy, 6, 6)).cause, Cause::kUnseededRng);
}

TEST(Conclude, TheShapeOfTheDivergenceKeepsItsCode) {
  OriginEvidence missing = operation();
  missing.shape = OriginShape::kOnlyInOneRun;
  EXPECT_EQ(conclude(missing).code, "DET111");
  EXPECT_EQ(conclude(freed(missing, Factor::kClock, 6, 6)).code, "DET111");
  EXPECT_EQ(conclude(freed(missing, Factor::kClock, 6, 6)).cause, Cause::kTimeDependence);
  OriginEvidence entered = operation();
  entered.shape = OriginShape::kEnteredUnseen;
  EXPECT_EQ(conclude(entered).code, "DET112");
}

TEST(Conclude, TheStrongerProofWins) {
  OriginEvidence evidence = freed(operation(), Factor::kMemory, 6, 6);
  replayed(evidence, 33, 20, 0);
  evidence.magnitude = magnitude(1e-7, 1.0);
  EXPECT_EQ(conclude(evidence).cause, Cause::kUninitializedMemory);
}

instrument::SourceRecord call(const char* function, const char* site, uint64_t order) {
  instrument::SourceRecord record;
  record.function = function;
  record.site = site;
  record.order = order;
  return record;
}

TEST(Frameworks, TheDatasetFeedsABatchWhateverCameAfterIt) {
  OriginEvidence evidence = freed(operation(), Factor::kEntropy, 6, 6);
  evidence.kind = EventKind::kBatch;
  evidence.framework_calls = {call("tf.data.Dataset.shuffle()", "a.py:7", 1),
                              call("keras.layers.Dropout(seed=None)", "a.py:9", 5)};
  const Conclusion conclusion = conclude(evidence);
  EXPECT_EQ(conclusion.cause, Cause::kUnseededRng);
  EXPECT_EQ(conclusion.line, 7u);
  EXPECT_NE(conclusion.fix.find("reshuffle_each_iteration=False"), std::string::npos);
  evidence.kind = EventKind::kOperation;
  EXPECT_EQ(conclude(evidence).line, 9u);
}

TEST(Frameworks, AnOrderThatNothingFixesIsNamed) {
  OriginEvidence evidence = freed(operation(), Factor::kSchedule, 6, 6);
  evidence.kind = EventKind::kBatch;
  evidence.batch_same_samples = true;
  evidence.unordered_calls = {call("tf.data.Dataset.map(deterministic=False)", "a.py:4", 1)};
  const Conclusion conclusion = conclude(evidence);
  EXPECT_EQ(conclusion.cause, Cause::kDataOrder);
  EXPECT_EQ(conclusion.line, 4u);
  EXPECT_NE(conclusion.fix.find("deterministic=True"), std::string::npos);
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

TEST(FisherExact, OfSixAndEight) {
  EXPECT_NEAR(fisher_exact({0, 8}, {6, 6}), 1.0 / 3003, 1e-9);
  EXPECT_NEAR(fisher_exact({0, 1}, {1, 1}), 0.5, 1e-9);
  EXPECT_EQ(fisher_exact({0, 0}, {6, 6}), 1);
  EXPECT_NEAR(fisher_exact({4, 8}, {0, 6}), 1, 1e-9);
}

OriginEvidence collective() {
  OriginEvidence evidence = operation();
  evidence.kind = EventKind::kCollective;
  return evidence;
}

TEST(CollectiveOrder, TheCallThatWasSeenIsTheSource) {
  const Conclusion conclusion = conclude(collective());
  EXPECT_EQ(conclusion.cause, Cause::kCollectiveOrder);
  EXPECT_EQ(conclusion.proof, Proof::kRecorded);
  EXPECT_EQ(conclusion.code, "DET121");
}

TEST(CollectiveOrder, AFreedScheduleProvesMore) {
  const Conclusion conclusion = conclude(freed(collective(), Factor::kSchedule, 8, 8));
  EXPECT_EQ(conclusion.cause, Cause::kCollectiveOrder);
  EXPECT_EQ(conclusion.proof, Proof::kCounterfactual);
}

TEST(CollectiveOrder, AnotherFactorThatIsProvenWins) {
  EXPECT_EQ(conclude(freed(collective(), Factor::kEntropy, 8, 8)).cause, Cause::kUnseededRng);
}

TEST(CollectiveOrder, InputsThatPartedAreNotItsFault) {
  OriginEvidence evidence = collective();
  evidence.shape = OriginShape::kEnteredUnseen;
  EXPECT_EQ(conclude(evidence).cause, Cause::kUnknown);
}

// Whether the evidence says that something parted, or nothing, with memory freed.
bool tells_of_freed_memory(OriginEvidence evidence, unsigned diverged) {
  const Conclusion conclusion = conclude(freed(std::move(evidence), Factor::kMemory, 1, diverged));
  EXPECT_EQ(conclusion.cause, Cause::kUnknown);
  return std::any_of(conclusion.evidence.begin(), conclusion.evidence.end(),
                     [](const std::string& line) {
                       return line.find("fill of fresh memory") != std::string::npos;
                     });
}

TEST(Experiments, AreAskedForWhereThereWereNone) {
  OriginEvidence evidence = operation();
  evidence.arms = 0;
  EXPECT_NE(conclude(evidence).fix.find("--budget"), std::string::npos);
  evidence.arms = 3;
  EXPECT_EQ(conclude(evidence).fix.find("--budget"), std::string::npos);
}

TEST(Experiments, SayNothingOfFactorsWhereHeldArmsPartToo) {
  OriginEvidence agreed = operation(), parted = operation();
  parted.held = {Factor::kSchedule, 4, 4};
  for (unsigned diverged : {0u, 1u}) {
    EXPECT_TRUE(tells_of_freed_memory(agreed, diverged));
    EXPECT_FALSE(tells_of_freed_memory(parted, diverged));
  }
}

}  // namespace
}  // namespace detaudit::rules
