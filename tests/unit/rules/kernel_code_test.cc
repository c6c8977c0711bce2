#include <gmock/gmock.h>

#include "rules/cause.h"
#include "rules/rule.h"

namespace detaudit::rules {
namespace {

using instrument::Atomic;
using instrument::AtomicForm;
using instrument::AtomicOperation;
using instrument::CodeFact;
using instrument::CountedFact;
using instrument::NumberType;
using instrument::SwapLoop;
using instrument::TimingKind;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

CountedFact atomic(AtomicForm form, AtomicOperation operation, NumberType type,
                   SwapLoop loop = SwapLoop::kNone, bool answers = false) {
  CountedFact counted;
  counted.instructions = 2;
  counted.fact.kind = CodeFact::Kind::kAtomic;
  counted.fact.atomic.form = form;
  counted.fact.atomic.operation = operation;
  counted.fact.atomic.type = type;
  counted.fact.atomic.loop = loop;
  counted.fact.atomic.answers = answers;
  counted.fact.offset = 0x120;
  return counted;
}

CountedFact timing(TimingKind kind) {
  CountedFact counted;
  counted.instructions = 1;
  counted.fact.kind = CodeFact::Kind::kTiming;
  counted.fact.timing = kind;
  return counted;
}

const CountedFact kFloatSum = atomic(AtomicForm::kReduce, AtomicOperation::kAdd, NumberType::kF32);
const CountedFact kIntegerSum =
    atomic(AtomicForm::kReduce, AtomicOperation::kAdd, NumberType::kU32);
const CountedFact kTicket =
    atomic(AtomicForm::kFetch, AtomicOperation::kAdd, NumberType::kU32, SwapLoop::kNone, true);

OriginEvidence launch(std::vector<CountedFact> facts) {
  OriginEvidence evidence;
  evidence.inputs = 3;
  evidence.code.emplace();
  evidence.code->whole = true;
  evidence.code->facts = std::move(facts);
  return evidence;
}

OriginEvidence replayed(OriginEvidence evidence, unsigned executions, unsigned unlike) {
  evidence.replay_free.emplace();
  evidence.replay_free->executions = executions;
  evidence.replay_free->distinct = unlike + 1;
  evidence.replays_free = {executions, unlike};
  return evidence;
}

TEST(KernelCode, EveryWayToAddFloatsAsTheyArriveIsFloatAtomics) {
  const CountedFact sums[] = {
      kFloatSum,
      atomic(AtomicForm::kFetch, AtomicOperation::kAdd, NumberType::kF16x2, SwapLoop::kNone, true),
      atomic(AtomicForm::kBulkReduce, AtomicOperation::kAdd, NumberType::kF32),
      atomic(AtomicForm::kTensorReduce, AtomicOperation::kAdd, NumberType::kUnknown),
      atomic(AtomicForm::kCompareSwap, AtomicOperation::kCompareSwap, NumberType::kF64,
             SwapLoop::kFloatArithmetic, true)};
  for (const CountedFact& sum : sums) {
    const Conclusion conclusion = conclude(launch({kIntegerSum, sum}));
    EXPECT_EQ(conclusion.cause, Cause::kFloatAtomics) << encode(sum.fact);
    EXPECT_EQ(conclusion.proof, Proof::kInferred);
    EXPECT_EQ(conclusion.code, "DET101");
  }
}

TEST(KernelCode, TheEvidenceNamesTypeCountOffsetAndLine) {
  CountedFact placed = kFloatSum;
  placed.fact.file = "sum.cu";
  placed.fact.line = 41;
  const Conclusion conclusion = conclude(launch({placed}));
  EXPECT_THAT(conclusion.evidence,
              Contains("in its code: 2 x RED add.f32 on global memory, the first "
                       "at +0x120 (sum.cu:41)"));
  EXPECT_EQ(conclusion.file, "sum.cu");
  EXPECT_EQ(conclusion.line, 41u);
}

TEST(KernelCode, IntegersWhoseAnswerNobodyReadsExplainNothing) {
  const Conclusion conclusion = conclude(launch({kIntegerSum}));
  EXPECT_EQ(conclusion.cause, Cause::kUnknown);
  EXPECT_EQ(conclusion.code, "DET110");
  EXPECT_THAT(conclusion.evidence, Contains(HasSubstr("RED add.u32")));
}

TEST(KernelCode, WithoutFloatSumsWhoSeesOtherBlocksIsScheduledNeverFloatAtomics) {
  for (const CountedFact& seen :
       {timing(TimingKind::kPoll), kTicket, timing(TimingKind::kProcessor)}) {
    const Conclusion conclusion = conclude(launch({kIntegerSum, seen}));
    EXPECT_EQ(conclusion.cause, Cause::kThreadScheduling) << encode(seen.fact);
    EXPECT_EQ(conclusion.proof, Proof::kInferred);
    EXPECT_EQ(conclusion.code, "DET115");
  }
}

TEST(KernelCode, TheClockAloneIsTimeDependence) {
  EXPECT_EQ(conclude(launch({timing(TimingKind::kClock)})).cause, Cause::kTimeDependence);
  EXPECT_EQ(conclude(launch({timing(TimingKind::kClock), kTicket})).cause,
            Cause::kThreadScheduling);
  EXPECT_EQ(conclude(launch({timing(TimingKind::kClock), kFloatSum})).cause, Cause::kFloatAtomics);
}

TEST(KernelCode, ReplayOnTheDeviceProvesWhatTheCodeInfers) {
  EXPECT_EQ(conclude(replayed(launch({kFloatSum}), 9, 3)).proof, Proof::kReplay);
  const Conclusion steady = conclude(replayed(launch({kFloatSum}), 9, 0));
  EXPECT_EQ(steady.proof, Proof::kInferred);
  EXPECT_THAT(steady.evidence, Contains(HasSubstr("gave one result")));
  OriginEvidence in_part = launch({kFloatSum});
  in_part.not_replayed = {"some launches were not replayed"};
  EXPECT_THAT(conclude(in_part).evidence, Contains(HasSubstr("were not replayed")));
  EXPECT_THAT(conclude(replayed(in_part, 9, 3)).evidence,
              Not(Contains(HasSubstr("were not replayed"))));
  const Conclusion nothing = conclude(replayed(launch({}), 9, 3));
  EXPECT_EQ(nothing.cause, Cause::kUnknown);
  EXPECT_EQ(nothing.proof, Proof::kReplay);
}

TEST(KernelCode, CodeReadInPartRulesNothingOut) {
  OriginEvidence evidence = launch({kTicket});
  evidence.code->whole = false;
  const Conclusion conclusion = conclude(evidence);
  EXPECT_EQ(conclusion.cause, Cause::kUnknown);
  EXPECT_THAT(conclusion.evidence, Contains(HasSubstr("not all of the code")));
  evidence.code->facts.push_back(kFloatSum);
  EXPECT_EQ(conclude(evidence).cause, Cause::kFloatAtomics);
}

// Unequal inputs explain unequal outputs: the code is only told.
TEST(KernelCode, OfWhatIsNoOriginTheCodeNamesNoCause) {
  OriginEvidence evidence = launch({kFloatSum});
  evidence.shape = OriginShape::kEnteredUnseen;
  EXPECT_EQ(conclude(evidence).cause, Cause::kUnknown);
  EXPECT_EQ(conclude(evidence).code, "DET112");
  EXPECT_EQ(conclude(OriginEvidence{}).cause, Cause::kUnknown);
}

TEST(KernelCode, AProvenFactorWinsOverWhatTheCodeIsCapableOf) {
  OriginEvidence evidence = launch({kFloatSum});
  evidence.arms = 20;
  evidence.held = {Factor::kSchedule, 8, 0};
  evidence.freed.push_back({Factor::kMemory, 6, 6});
  const Conclusion conclusion = conclude(evidence);
  EXPECT_EQ(conclusion.cause, Cause::kUninitializedMemory);
  EXPECT_EQ(conclusion.proof, Proof::kCounterfactual);
  EXPECT_THAT(conclusion.evidence, Contains(HasSubstr("RED add.f32")));
}

TEST(KernelCode, FactsSurviveTheTrace) {
  CountedFact placed = kTicket;
  placed.fact.file = "a folder/sum.cu";
  placed.fact.line = 41;
  for (const CountedFact& counted : {placed, timing(TimingKind::kPoll), CountedFact{}}) {
    const auto back = instrument::decode_code_fact(encode(counted.fact));
    ASSERT_TRUE(back);
    EXPECT_EQ(encode(*back), encode(counted.fact));
  }
  for (const char* bad : {"", "A", "A 9 0 0 0 0 0 1 1", "T 7 1 1", "A 0 0 x", "wholes"})
    EXPECT_FALSE(instrument::decode_code_fact(bad)) << bad;
}

}  // namespace
}  // namespace detaudit::rules
