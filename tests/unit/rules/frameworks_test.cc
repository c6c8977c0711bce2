#include "rules/frameworks.h"

#include <gmock/gmock.h>

namespace detaudit::rules {
namespace {

using instrument::EventKind;
using instrument::SourceKind;
using testing::HasSubstr;

instrument::SourceRecord call(const char* function, const char* site, uint64_t order) {
  return {SourceKind::kEntropy, function, site, 0, order, 1};
}

// An output that follows entropy, with what adapters saw asked for before it.
OriginEvidence follows_entropy(std::vector<instrument::SourceRecord> calls) {
  OriginEvidence evidence;
  evidence.kind = EventKind::kOutput;
  evidence.arms = 20;
  evidence.held = {Factor::kEntropy, 8, 0};
  evidence.freed = {{Factor::kEntropy, 6, 6}};
  evidence.framework_calls = std::move(calls);
  return evidence;
}

TEST(Frameworks, TheFixIsTheFrameworksAndSitsAtItsLine) {
  const Conclusion conclusion =
      conclude(follows_entropy({call("numpy.random.default_rng()", "a folder/train.py:12", 3)}));
  EXPECT_EQ(conclusion.cause, Cause::kUnseededRng);
  EXPECT_EQ(conclusion.proof, Proof::kCounterfactual);
  EXPECT_EQ(conclusion.file, "a folder/train.py");
  EXPECT_EQ(conclusion.line, 12u);
  EXPECT_THAT(conclusion.fix, HasSubstr("default_rng(seed)"));
}

TEST(Frameworks, OfSeveralTheLastIsSpokenOfAndTheRestIsSaid) {
  const Conclusion conclusion = conclude(follows_entropy(
      {call("random.Random()", "b.py:9", 7), call("numpy.random.default_rng()", "a.py:2", 1)}));
  EXPECT_EQ(conclusion.file, "b.py");
  EXPECT_THAT(conclusion.evidence, testing::Contains(HasSubstr("2 generators had no seed")));
}

TEST(Frameworks, WhatNamesAThingIsSpokenOfWhereNothingElseWasAsked) {
  const auto name = call("uuid.uuid4()", "a.py:9", 7);
  EXPECT_EQ(conclude(follows_entropy({name})).line, 9u);
  EXPECT_EQ(conclude(follows_entropy({call("os.urandom()", "a.py:2", 1), name})).line, 2u);
}

TEST(Frameworks, TheSystemsOwnGeneratorIsNotToldToBeSeeded) {
  const Conclusion conclusion =
      conclude(follows_entropy({call("random.SystemRandom()", "a.py:2", 1)}));
  EXPECT_THAT(conclusion.fix, HasSubstr("takes no seed"));
}

TEST(Frameworks, ACallAloneIsNoCause) {
  OriginEvidence evidence = follows_entropy({call("random.seed()", "a.py:2", 1)});
  evidence.freed = {{Factor::kEntropy, 6, 0}};
  const Conclusion conclusion = conclude(evidence);
  EXPECT_EQ(conclusion.cause, Cause::kUnknown);
  EXPECT_EQ(conclusion.file, "");
}

TEST(Frameworks, ASiteWithoutALineNamesNone) {
  const Conclusion conclusion = conclude(follows_entropy({call("random.seed()", "", 1)}));
  EXPECT_EQ(conclusion.file, "");
  EXPECT_THAT(conclusion.fix, HasSubstr("random.seed(seed)"));
}

TEST(Frameworks, AGeneratorOfTheScriptsOwnIsKnownByItsFirstDraw) {
  OriginEvidence evidence = follows_entropy({});
  evidence.kind = EventKind::kRngStream;
  EXPECT_THAT(conclude(evidence).fix, testing::Not(HasSubstr("manual_seed")));
  evidence.stream = "torch.Generator";
  const Conclusion conclusion = conclude(evidence);
  EXPECT_EQ(conclusion.file, "");
  EXPECT_THAT(conclusion.fix, HasSubstr("generator.manual_seed(seed)"));
  EXPECT_THAT(conclusion.evidence, testing::Contains(HasSubstr("where it was seeded is not seen")));
}

// A generator's state that follows a factor, with what adapters saw asked for before it.
Conclusion seeded(const char* stream, Factor factor, std::vector<instrument::SourceRecord> calls) {
  OriginEvidence evidence = follows_entropy(std::move(calls));
  evidence.kind = EventKind::kRngStream;
  evidence.stream = stream;
  evidence.freed = {{factor, 6, 6}};
  return conclude(evidence);
}

instrument::SourceRecord clock_call(const char* site, uint64_t order) {
  return {SourceKind::kClock, "time.time()", site, 0, order, 1};
}

TEST(Frameworks, OfASeedOfTheTimeTheFixSaysWhatToWriteAndWhereItIsRead) {
  const Conclusion conclusion = seeded("torch.default_generator", Factor::kClock,
                                       {clock_call("train.py:5", 1)});
  EXPECT_EQ(conclusion.cause, Cause::kTimeDependence);
  EXPECT_EQ(conclusion.file, "") << "the place is the seeding call's own";
  EXPECT_THAT(conclusion.fix, HasSubstr("write `torch.manual_seed(seed)` here"));
  EXPECT_THAT(conclusion.fix, HasSubstr("`time.time()` reads at train.py:5"));
  EXPECT_THAT(seeded("random.seed", Factor::kClock, {}).fix,
              HasSubstr("the seed given is the time"));
  EXPECT_THAT(seeded("a stream of the subject's", Factor::kClock, {}).fix,
              testing::Not(HasSubstr("write `")));
}

TEST(Frameworks, OfASeedOfTheProcessTheFixSpeaksOfNoOtherGenerator) {
  const auto other = call("numpy.random.default_rng()", "train.py:3", 1);
  const Conclusion conclusion = seeded("random.Random", Factor::kProcessId, {other});
  EXPECT_EQ(conclusion.file, "");
  EXPECT_THAT(conclusion.fix, HasSubstr("`random.Random(seed)` here"));
  EXPECT_THAT(conclusion.fix, HasSubstr("the process id"));
  EXPECT_THAT(seeded("random.Random", Factor::kAddresses, {}).fix, HasSubstr("an address"));
  EXPECT_THAT(seeded("random.Random", Factor::kHashSeed, {}).fix, HasSubstr("a hash"));
  EXPECT_EQ(seeded("random.Random", Factor::kEntropy, {other}).line, 3u);
}

TEST(Frameworks, AnOutputThatFollowsTheClockIsPlacedWhereOneReadingIs) {
  OriginEvidence evidence = follows_entropy({clock_call("a.py:2", 1), clock_call("a.py:9", 4)});
  evidence.freed = {{Factor::kClock, 6, 6}};
  const Conclusion several = conclude(evidence);
  EXPECT_EQ(several.line, 0u);
  EXPECT_THAT(several.evidence, testing::Contains(HasSubstr("at 2 places by then, last by")));
  evidence.framework_calls.erase(evidence.framework_calls.begin());
  EXPECT_EQ(conclude(evidence).line, 9u);
  evidence.kind = EventKind::kOperation;
  EXPECT_EQ(conclude(evidence).line, 0u) << "an operation has a place of its own";
  EXPECT_EQ(conclude(follows_entropy({clock_call("a.py:2", 1)})).line, 0u)
      << "what follows entropy is no matter of the clock";
}

TEST(Frameworks, KnowsItsOwnNames) {
  EXPECT_TRUE(is_framework_call("torch.seed()"));
  EXPECT_TRUE(is_framework_call("random.shuffle() unseeded"));
  EXPECT_FALSE(is_framework_call("getrandom"));
  EXPECT_FALSE(is_framework_call("std::random_device"));
}

}  // namespace
}  // namespace detaudit::rules
