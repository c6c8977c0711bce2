#include <gmock/gmock.h>

#include "rules/cause.h"
#include "rules/rule.h"

namespace detaudit::rules {
namespace {

using instrument::CodeFact;
using instrument::CountedFact;
using instrument::EventKind;
using testing::Contains;
using testing::HasSubstr;

OriginEvidence choice(EventKind kind, unsigned inputs) {
  OriginEvidence evidence;
  evidence.kind = kind;
  evidence.inputs = inputs;
  evidence.choice = {{"algorithm 0"}, {"algorithm 1"}};
  return evidence;
}

OriginEvidence launched_in(const char* call) {
  OriginEvidence evidence;
  evidence.inputs = 3;
  evidence.launched_in = {call};
  return evidence;
}
constexpr const char* kOpen = "filter (not reproducible: algorithm 0)";

OriginEvidence with_code(OriginEvidence evidence, bool float_sum) {
  evidence.code.emplace().whole = true;
  CountedFact counted;
  counted.instructions = 1;
  counted.fact.kind = CodeFact::Kind::kAtomic;
  counted.fact.atomic.operation = instrument::AtomicOperation::kAdd;
  counted.fact.atomic.type =
      float_sum ? instrument::NumberType::kF32 : instrument::NumberType::kU32;
  evidence.code->facts = {counted};
  return evidence;
}

TEST(LibraryCalls, AnotherChoiceOnTheSameProblemIsRecorded) {
  const Conclusion conclusion = conclude(choice(EventKind::kOperation, 1));
  EXPECT_EQ(conclusion.cause, Cause::kLibrarySelection);
  EXPECT_EQ(conclusion.proof, Proof::kRecorded);
  EXPECT_EQ(conclusion.code, "DET117");
  EXPECT_THAT(conclusion.evidence, Contains("in one run: algorithm 0; in another: algorithm 1"));
}

TEST(LibraryCalls, ChoicesThatBothRunsMadeAtOtherTimesAreSaid) {
  OriginEvidence evidence = choice(EventKind::kOperation, 1);
  evidence.choice = {{"algorithm 0", "algorithm 1"}, {"algorithm 0", "algorithm 1"}};
  const Conclusion conclusion = conclude(evidence);
  EXPECT_EQ(conclusion.proof, Proof::kRecorded);
  EXPECT_THAT(conclusion.evidence,
              Contains("in both runs, at other times: algorithm 0; algorithm 1"));
}

TEST(LibraryCalls, AChoiceOnWhoKnowsWhatIsInferred) {
  EXPECT_EQ(conclude(choice(EventKind::kOperation, 0)).proof, Proof::kInferred);
}

TEST(LibraryCalls, AChoiceThatFollowedAnotherProblemIsNoOrigin) {
  OriginEvidence evidence = choice(EventKind::kOperation, 1);
  evidence.shape = OriginShape::kEnteredUnseen;
  EXPECT_EQ(conclude(evidence).cause, Cause::kUnknown);
}

TEST(LibraryCalls, AnotherSeedIsRecordedUnlessAFactorExplainsIt) {
  OriginEvidence evidence = choice(EventKind::kRngStream, 0);
  Conclusion conclusion = conclude(evidence);
  EXPECT_EQ(conclusion.cause, Cause::kUnseededRng);
  EXPECT_EQ(conclusion.proof, Proof::kRecorded);
  evidence.arms = 20;
  evidence.held = {Factor::kSchedule, 8, 0};
  evidence.freed.push_back({Factor::kClock, 6, 6});
  conclusion = conclude(evidence);
  EXPECT_EQ(conclusion.cause, Cause::kTimeDependence);
  EXPECT_EQ(conclusion.proof, Proof::kCounterfactual);
  // A generator of the subject's own, in another state: nothing was seen of how it came to that.
  evidence = choice(EventKind::kRngStream, 0);
  evidence.choice.reset();
  EXPECT_EQ(conclude(evidence).cause, Cause::kUnknown);
}

TEST(LibraryCalls, FloatSumsInALibrarysKernelAreFloatAtomicsAndTheFixIsTheCalls) {
  const Conclusion conclusion = conclude(with_code(launched_in(kOpen), true));
  EXPECT_EQ(conclusion.cause, Cause::kFloatAtomics);
  EXPECT_THAT(conclusion.fix, HasSubstr(kOpen));
  EXPECT_THAT(conclusion.evidence, Contains(HasSubstr("launched in the library call filter")));
}

TEST(LibraryCalls, AKernelThatTheCodeDoesNotExplainIsTheLibrarys) {
  EXPECT_EQ(conclude(launched_in(kOpen)).cause, Cause::kLibrarySelection);
  EXPECT_EQ(conclude(with_code(launched_in(kOpen), false)).cause, Cause::kLibrarySelection);
  EXPECT_EQ(conclude(with_code(launched_in(kOpen), false)).proof, Proof::kInferred);
  EXPECT_EQ(conclude(launched_in("gemm")).cause, Cause::kUnknown);
}

TEST(LibraryCalls, OtherKernelsOfTheSameCallAreASelection) {
  OriginEvidence evidence = launched_in("gemm");
  evidence.shape = OriginShape::kOnlyInOneRun;
  EXPECT_EQ(conclude(evidence).cause, Cause::kUnknown);
  evidence.launched_instead = {"split_k"};
  const Conclusion conclusion = conclude(evidence);
  EXPECT_EQ(conclusion.cause, Cause::kLibrarySelection);
  EXPECT_EQ(conclusion.proof, Proof::kInferred);
  EXPECT_EQ(conclusion.code, "DET111");
}

TEST(LibraryCalls, NoNameIsReadInAnyOfIt) {
  OriginEvidence evidence = choice(EventKind::kOperation, 1);
  evidence.choice = {{"x"}, {"y"}};
  EXPECT_EQ(conclude(evidence).cause, Cause::kLibrarySelection);
}

}  // namespace
}  // namespace detaudit::rules
