#include "auditor/audit/findings.h"

#include <gtest/gtest.h>

namespace detaudit::auditor {
namespace {

// One run in which `op` was replayed and gave so many distinct results.
ObservedRun replayed(const std::string& op, uint32_t distinct) {
  ObservedRun run;
  instrument::ReplayRecord replay;
  replay.line = 41;
  replay.executions = 8;
  replay.distinct = distinct;
  run.facts.replays = {replay};
  run.facts.replay_ops = {op};
  run.facts.replay_keys = {""};
  run.facts.replay_lanes = {"p0"};
  run.facts.replay_files = {"model/scatter.cc"};
  run.facts.replay_signatures = {{}};
  return run;
}

TEST(Findings, WhatVariedOnReplayAloneStandsWhereItsEventDoes) {
  Observation observation;
  observation.runs = {replayed("scatter", 2), replayed("sum", 1)};
  const std::vector<OriginGroup> origins = gather_origins(observation);
  ASSERT_EQ(origins.size(), 1u);
  EXPECT_TRUE(origins[0].replayed_only);
  EXPECT_EQ(origins[0].first.op, "scatter");
  EXPECT_EQ(origins[0].first.file, "model/scatter.cc");
  EXPECT_EQ(origins[0].first.line, 41u);
}

ObservedRun ended(RunEnd end) {
  ObservedRun run;
  run.result.end = end;
  run.facts.finished = end == RunEnd::kExited;
  return run;
}

OriginGroup in_first_run_only(const std::string& op, bool at_end) {
  OriginGroup group;
  group.shape = DivergenceShape::kOnlyInOneRun;
  group.only_in_first = true;
  group.at_end = at_end;
  group.first.op = op;
  return group;
}

TEST(Findings, WhatARunDidNotComeToIsExplainedByItsEnd) {
  Observation observation;
  observation.runs = {ended(RunEnd::kExited), ended(RunEnd::kSignalled)};
  observation.comparisons.resize(1);
  observation.comparisons[0].groups = {in_first_run_only("skipped", false),
                                       in_first_run_only("never reached", true)};
  const std::vector<OriginGroup> origins = gather_origins(observation);
  ASSERT_EQ(origins.size(), 2u);
  EXPECT_EQ(origins[0].first.op, "skipped");
  EXPECT_EQ(origins[1].first.op, "exit status");
}

TEST(Findings, WhatACompleteRunLacksAtItsEndIsAnOrigin) {
  Observation observation;
  observation.runs = {ended(RunEnd::kExited), ended(RunEnd::kExited)};
  observation.comparisons.resize(1);
  observation.comparisons[0].groups = {in_first_run_only("last", true)};
  EXPECT_EQ(gather_origins(observation).size(), 1u);
}

OriginGroup parted(instrument::EventKind kind, const std::string& lane, uint64_t step, uint64_t order) {
  OriginGroup group;
  group.first.kind = kind;
  group.first.op = lane + " " + std::to_string(order);
  group.first.lane = lane;
  group.first.step = step;
  group.first.order = order;
  return group;
}

std::vector<std::string> in_order(const std::vector<OriginGroup>& groups) {
  Observation observation;
  observation.runs = {ended(RunEnd::kExited), ended(RunEnd::kExited)};
  observation.comparisons.resize(1);
  observation.comparisons[0].groups = groups;
  std::vector<std::string> names;
  for (const OriginGroup& group : gather_origins(observation)) names.push_back(group.first.op);
  return names;
}

TEST(Findings, WhatWorkersMadeComesBeforeTheBatchThatTheyMade) {
  using instrument::EventKind;
  const auto groups = {parted(EventKind::kOperation, "p0", 0, 3),
                       parted(EventKind::kBatch, "p0", 0, 6),
                       parted(EventKind::kOperation, "p0", 0, 9),
                       parted(EventKind::kOperation, "p0.1/2", 0, 62),
                       parted(EventKind::kOperation, "p0.1", 1, 70)};
  EXPECT_EQ(in_order(groups),
            (std::vector<std::string>{"p0 3", "p0.1/2 62", "p0 6", "p0 9", "p0.1 70"}));
}

TEST(Findings, WhatIsNoWorkerOfItsKeepsItsPlace) {
  using instrument::EventKind;
  const auto groups = {parted(EventKind::kOperation, "p0", 0, 3),
                       parted(EventKind::kBatch, "p0", 0, 6),
                       parted(EventKind::kOperation, "p0/1", 0, 62),
                       parted(EventKind::kOperation, "p01.2", 0, 70)};
  EXPECT_EQ(in_order(groups), (std::vector<std::string>{"p0 3", "p0 6", "p0/1 62", "p01.2 70"}));
}

}  // namespace
}  // namespace detaudit::auditor
