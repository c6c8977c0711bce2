#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "auditor/compare/comparison.h"
#include "reports/diagnostic.h"
#include "tests/unit/auditor/planned_trace.h"

namespace detaudit::auditor {
namespace {

using instrument::EventKind;
using testing::ElementsAre;

Planned load(const std::string& lane, const std::string& key, uint64_t step, uint64_t out) {
  Planned event;
  event.op = "load";
  event.lane = lane;
  event.key = key;
  event.step = step;
  event.outputs = {out};
  return event;
}

std::vector<Planned> keyed_run() {
  return {load("p0/t1", "a", 0, 1), load("p0/t2", "b", 0, 2), load("p0/t1", "c", 1, 3),
          load("p0/t2", "d", 1, 4)};
}

RunFacts facts(const std::vector<Planned>& events) {
  TraceFolder folder;
  return read_run(write_run(folder, "run", events));
}

TEST(RunFacts, SaysWhatTheTraceHolds) {
  auto events = keyed_run();
  events.push_back(load("p0", "", 7, 5));
  events.back().kind = EventKind::kMetric;
  events.back().op = "loss";
  const RunFacts result = facts(events);
  EXPECT_EQ(result.events, 5u);
  EXPECT_EQ(result.last_step, 7u);
  EXPECT_TRUE(result.any_operation);
  EXPECT_TRUE(result.finished);
  EXPECT_FALSE(result.lossy);
  EXPECT_EQ(result.operations.at("load").events, 4u);
  EXPECT_EQ(result.operations.at("loss").kind, EventKind::kMetric);
  EXPECT_THAT(result.lanes, ElementsAre("p0", "p0/t1", "p0/t2"));
}

TEST(RunFacts, DigestIsFreeOfLanesAndOrder) {
  auto other = keyed_run();
  std::reverse(other.begin(), other.end());
  std::swap(other[0].lane, other[1].lane);
  EXPECT_EQ(facts(keyed_run()).digest, facts(other).digest);
}

TEST(RunFacts, DigestIsFreeOfInputs) {
  auto other = keyed_run();
  other[1].inputs = {77};
  EXPECT_EQ(facts(keyed_run()).digest, facts(other).digest);
}

TEST(RunFacts, DigestDependsOnOutputKeyStepOpAndKind) {
  const kernels::Digest base = facts(keyed_run()).digest;
  std::vector<std::vector<Planned>> others(6, keyed_run());
  others[0][2].outputs[0] = 99;
  others[1][2].key = "z";
  others[2][2].step = 2;
  others[3][2].op = "store";
  others[4][2].kind = EventKind::kBatch;
  std::swap(others[5][0].outputs, others[5][1].outputs);
  for (const auto& other : others) EXPECT_NE(base, facts(other).digest);
}

TEST(RunFacts, DigestOfUnkeyedEventsDependsOnTheirOrderInTheStep) {
  const std::vector<Planned> events{load("p0", "", 0, 1), load("p0", "", 0, 2)};
  const std::vector<Planned> swapped{load("p0", "", 0, 2), load("p0", "", 0, 1)};
  EXPECT_NE(facts(events).digest, facts(swapped).digest);
}

TEST(RunFacts, DigestCountsRepeats) {
  const std::vector<Planned> once{load("p0", "a", 0, 1)};
  const std::vector<Planned> twice{load("p0", "a", 0, 1), load("p0", "a", 0, 1)};
  EXPECT_NE(facts(once).digest, facts(twice).digest);
  EXPECT_NE(facts({}).digest, facts(twice).digest);
}

TEST(RunFacts, LossIsTold) {
  TraceFolder folder;
  {
    instrument::TraceWriter writer;
    writer.open((folder.path() / "p0").c_str());
    writer.drop(3, "disk full");
  }
  const RunFacts result = read_run(folder.path());
  EXPECT_TRUE(result.lossy);
  EXPECT_FALSE(result.finished);
  EXPECT_THAT(result.lossy_reason, testing::HasSubstr("disk full"));
}

TEST(RunFacts, ReplaysComeWithTheirNames) {
  TraceFolder folder;
  {
    instrument::TraceWriter writer;
    writer.open((folder.path() / "p0").c_str());
    instrument::ReplayRecord record;
    record.op = writer.intern("scatter");
    record.key = writer.intern("w1");
    record.lane = writer.lane("p0/t3");
    record.file = writer.intern("model/scatter.cc");
    record.line = 41;
    record.executions = 5;
    record.distinct = 2;
    writer.replay(record);
    writer.finish();
  }
  const RunFacts result = read_run(folder.path());
  EXPECT_THAT(result.replay_ops, ElementsAre("scatter"));
  EXPECT_THAT(result.replay_keys, ElementsAre("w1"));
  EXPECT_THAT(result.replay_lanes, ElementsAre("p0/t3"));
  EXPECT_THAT(result.replay_files, ElementsAre("model/scatter.cc"));
  EXPECT_EQ(result.replays.at(0).line, 41u);
  EXPECT_EQ(result.replays.at(0).distinct, 2u);
}

TEST(RunFacts, NoTraceIsAnError) {
  TraceFolder folder;
  EXPECT_THROW(read_run(folder.path()), reports::DiagnosticError);
}

}  // namespace
}  // namespace detaudit::auditor
