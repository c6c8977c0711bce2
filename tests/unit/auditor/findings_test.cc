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

}  // namespace
}  // namespace detaudit::auditor
