#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "instrument/trace/capture.h"
#include "instrument/trace/seal.h"
#include "tests/unit/instrument/run_subject.h"

namespace detaudit::instrument {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Runs an act of probe_subject under `control`, in a fresh trace folder.
class Probe : public testing::Test {
 protected:
  int run(const std::string& act, Control control = {}) {
    control.trace_directory = folder_.path().string();
    int status = run_subject({PROBE_SUBJECT, act},
                             {{kControlVariable, encode(control)}, {"SUBJECT", PROBE_SUBJECT}});
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }
  WholeTrace trace() { return read_trace(folder_.path()); }
  TraceFolder folder_;
};

TEST_F(Probe, RecordsOpsStepsAndOccurrences) {
  ASSERT_EQ(run("ops"), 0);
  WholeTrace read = trace();
  EXPECT_EQ(read.summary.state, TraceState::kFinished);
  EXPECT_EQ(read.summary.dropped, 0u);
  auto adds = read.of("add");
  ASSERT_EQ(adds.size(), 9u);
  EXPECT_EQ(adds[0].key, "");
  EXPECT_EQ(adds[0].occurrence, 0u);
  EXPECT_EQ(adds[1].key, "w");
  EXPECT_EQ(adds[1].occurrence, 0u);
  EXPECT_EQ(adds[2].occurrence, 1u);
  EXPECT_EQ(adds[3].step, 1u);
  EXPECT_EQ(adds[3].occurrence, 0u);
  EXPECT_EQ(adds[0].lane, "p0");
  EXPECT_THAT(adds[0].file, testing::EndsWith("probe_subject.cc"));
  EXPECT_GT(adds[0].line, 0u);
  ASSERT_EQ(adds[0].signature.inputs.size(), 2u);
  EXPECT_EQ(adds[0].signature.inputs[1].name, "b");
  EXPECT_EQ(adds[0].signature.outputs[0].elements, 1000u);
  EXPECT_EQ(adds[0].signature.outputs[0].dtype, kernels::DType::kF32);
  std::vector<float> a(1000, 1.5f), c(1000, 3.5f);
  EXPECT_EQ(adds[0].inputs[0], kernels::digest(a.data(), 4000));
  EXPECT_EQ(adds[0].outputs[0], kernels::digest(c.data(), 4000));
  auto losses = read.of("loss");
  ASSERT_EQ(losses.size(), 3u);
  EXPECT_EQ(losses[2].kind, EventKind::kMetric);
  EXPECT_EQ(losses[2].value, 1.0);
  auto batches = read.of("train");
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_NE(batches[0].outputs[0], batches[1].outputs[0]);
  EXPECT_EQ(batches[0].outputs[1], batches[1].outputs[1]);
  EXPECT_EQ(batches[1].occurrence, 1u);
  EXPECT_EQ(read.of("shuffle").at(0).kind, EventKind::kRngStream);
  std::set<uint64_t> identities;
  for (const auto& event : read.events) identities.insert(event.identity);
  EXPECT_EQ(identities.size(), read.events.size());
}

TEST_F(Probe, TakesDigestsOfWhatItCannotRead) {
  ASSERT_EQ(run("given"), 0);
  WholeTrace read = trace();
  EXPECT_EQ(read.summary.dropped, 0u);
  ASSERT_EQ(read.events.size(), 1u);
  const NamedEvent& event = read.events[0];
  const float host = 2;
  EXPECT_THAT(event.inputs, ElementsAre(kernels::Digest{3, 4}));
  EXPECT_THAT(event.outputs,
              ElementsAre(kernels::digest(&host, sizeof host), kernels::Digest{5, 6}));
  EXPECT_EQ(event.signature.outputs[1].elements, 1000u);
  EXPECT_EQ(event.signature.outputs[1].name, "device");

  std::filesystem::remove(folder_.file("p0.dtrace"));
  Control control;
  control.capture = {event.identity};
  ASSERT_EQ(run("given", control), 0);
  EXPECT_TRUE(read_capture(folder_.path(), event.identity, 0));
  EXPECT_FALSE(read_capture(folder_.path(), event.identity, 1)) << "it cannot be read";
}

TEST_F(Probe, StepsThatGoBackKeepIdentitiesApart) {
  ASSERT_EQ(run("rewind"), 0);
  std::set<uint64_t> identities;
  WholeTrace read = trace();
  for (const auto& event : read.events) identities.insert(event.identity);
  EXPECT_EQ(read.events.size(), 5u);
  EXPECT_EQ(identities.size(), 5u);
  EXPECT_EQ(read.events[2].occurrence, 1u);
}

TEST_F(Probe, TwoRunsOfOneProgramAreEqual) {
  ASSERT_EQ(run("ops"), 0);
  WholeTrace first = trace();
  std::filesystem::remove(folder_.file("p0.dtrace"));
  ASSERT_EQ(run("ops"), 0);
  WholeTrace second = trace();
  ASSERT_EQ(first.events.size(), second.events.size());
  for (size_t i = 0; i < first.events.size(); ++i) {
    EXPECT_EQ(first.events[i].identity, second.events[i].identity);
    EXPECT_EQ(first.events[i].outputs, second.events[i].outputs);
  }
}

TEST_F(Probe, NotAuditedLeavesNothing) {
  int status = run_subject({PROBE_SUBJECT, "ops"}, {});
  EXPECT_EQ(status, 0);
  EXPECT_EQ(run_subject({PROBE_SUBJECT, "bad_use"}, {}), 0);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(Probe, AFolderThatIsNotThereIsHarmless) {
  Control control;
  control.trace_directory = "/nonexistent/folder";
  EXPECT_EQ(run_subject({PROBE_SUBJECT, "ops"}, {{kControlVariable, encode(control)}}), 0);
  EXPECT_EQ(run_subject({PROBE_SUBJECT, "ops"}, {{kControlVariable, "=;%%%;trace=\xff"}}), 0);
}

TEST_F(Probe, BadUseIsToleratedAndCounted) {
  ASSERT_EQ(run("bad_use"), 0);
  WholeTrace read = trace();
  // Both sides of three senseless buffers, one after the end, lists, a generator and a batch of
  // nothing.
  EXPECT_EQ(read.summary.dropped, 10u);
  EXPECT_THAT(read.summary.lossy_reason, HasSubstr("``: input `` has no data"));
  EXPECT_EQ(read.summary.state, TraceState::kFinished);
  auto unnamed = read.of("");
  ASSERT_GE(unnamed.size(), 1u);
  EXPECT_EQ(unnamed[0].inputs.size(), 4u);
  EXPECT_EQ(unnamed[0].signature.inputs[0].elements, 0u);
  EXPECT_EQ(unnamed[0].signature.inputs[2].elements, 0u);
  EXPECT_EQ(unnamed[0].inputs[0], kernels::digest(nullptr, 0));
}

TEST_F(Probe, TooManyOpenOperationsAreALoss) {
  ASSERT_EQ(run("leak"), 0);
  WholeTrace read = trace();
  EXPECT_EQ(read.summary.dropped, 5000u);
  EXPECT_THAT(read.summary.lossy_reason, HasSubstr("more operations were open"));
}

TEST_F(Probe, WhatAThreadLeavesOpenIsALoss) {
  ASSERT_EQ(run("left_by_a_thread"), 0);
  WholeTrace read = trace();
  EXPECT_EQ(read.summary.dropped, 1u);
  EXPECT_THAT(read.summary.lossy_reason, HasSubstr("never ended"));
  EXPECT_EQ(read.of("handed over").size(), 1u);
}

TEST_F(Probe, ABodyThatExitsIsALoss) {
  ASSERT_EQ(run("left_by_exit"), 0);
  WholeTrace read = trace();
  EXPECT_EQ(read.summary.dropped, 1u);
  EXPECT_THAT(read.summary.lossy_reason, HasSubstr("never ended"));
}

TEST_F(Probe, AForkedChildLosesNoOperationOfItsParent) {
  ASSERT_EQ(run("forks_inside"), 0);
  WholeTrace read = trace();
  EXPECT_EQ(read.summary.dropped, 0u) << read.summary.lossy_reason;
  EXPECT_EQ(read.events.size(), 2u);
}

TEST_F(Probe, KeepsErrno) { EXPECT_EQ(run("errno"), 0); }

TEST_F(Probe, ThreadsHaveLanesAndStepsOfTheirOwn) {
  ASSERT_EQ(run("threads"), 0);
  WholeTrace read = trace();
  std::map<std::string, std::vector<uint64_t>> steps;
  for (const auto& event : read.events) steps[event.lane].push_back(event.step);
  ASSERT_EQ(steps.size(), 4u);
  for (int t = 0; t < 4; ++t) {
    const auto& lane = steps["p0:worker " + std::to_string(t)];
    ASSERT_EQ(lane.size(), 50u);
    EXPECT_TRUE(std::is_sorted(lane.begin(), lane.end()));
    EXPECT_EQ(lane.back(), 49u);
  }
}

TEST_F(Probe, ForksRecordApart) {
  ASSERT_EQ(run("forks"), 0);
  WholeTrace read = trace();
  EXPECT_EQ(read.summary.state, TraceState::kFinished);
  EXPECT_EQ(read.summary.dropped, 0u);
  std::vector<std::string> seen;
  for (const auto& event : read.events) seen.push_back(event.lane + " " + event.op);
  ASSERT_THAT(seen, ElementsAre("p0 parent", "p0 big", "p0 across", "p0 parent", "p0.1 child",
                                "p0.1.1 grandchild", "p0.2 child"));
  EXPECT_EQ(read.events[4].step, 7u);
  EXPECT_EQ(read.events[4].inputs[0], read.events[1].inputs[0]);
  EXPECT_EQ(read.of("parent").at(1).occurrence, 1u);
}

TEST_F(Probe, AProgramThatReplacesItselfGoesOn) {
  ASSERT_EQ(run("exec"), 0);
  EXPECT_EQ(seal_finished_process(folder_.path()), 1);
  WholeTrace read = trace();
  ASSERT_EQ(read.events.size(), 2u);
  EXPECT_EQ(read.events[0].op, "before exec");
  EXPECT_EQ(read.events[1].op, "one");
  EXPECT_EQ(read.events[1].lane, "p0x0");
}

// Through a shell that is not probed itself.
TEST_F(Probe, ProgramsStartedByASubjectHaveLanesOfTheirOwn) {
  ASSERT_EQ(run("spawns"), 0);
  WholeTrace read = trace();
  ASSERT_EQ(read.events.size(), 2u);
  EXPECT_EQ(read.events[0].lane, "p1");
  EXPECT_EQ(read.events[1].lane, "p2");
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    EXPECT_EQ(entry.path().extension(), ".dtrace") << entry.path();
}

TEST_F(Probe, StopsQuietlyAfterTheStepAskedFor) {
  Control control;
  control.stop_recording_after_step = 1;
  ASSERT_EQ(run("ops", control), 0);
  WholeTrace read = trace();
  EXPECT_EQ(read.of("add").size(), 6u);
  EXPECT_EQ(read.summary.dropped, 0u);
  EXPECT_EQ(read.summary.state, TraceState::kFinished);
}

TEST_F(Probe, ReplayFindsWhatVariesAndOnlyThat) {
  Control control;
  control.replays = 5;
  ASSERT_EQ(run("racing", control), 0);
  WholeTrace read = trace();
  EXPECT_EQ(read.events.size(), 4u * 4);
  EXPECT_EQ(read.of("nested").size(), 4u);
  ASSERT_EQ(read.replay_ops.size(), read.replays.size());
  std::map<std::string, int> records;
  for (size_t i = 0; i < read.replays.size(); ++i) {
    const ReplayRecord& replay = read.replays[i];
    const std::string& op = read.replay_ops[i];
    ++records[op];
    EXPECT_EQ(replay.executions, 6u) << op;
    bool varies = op == "race" && replay.mode == ReplayMode::kFree;
    EXPECT_EQ(replay.distinct, varies ? 2u : 1u) << op;
    EXPECT_EQ(replay.magnitude.differing, varies ? 4u : 0u) << op;
    EXPECT_EQ(replay.magnitude.max_ulp > 0, varies) << op;
    EXPECT_EQ(read.replay_files[i], op == "race" ? "race.cc" : "");
    EXPECT_EQ(replay.line, op == "race" ? 17u : 0u);
  }
  EXPECT_EQ(records["race"], 2);  // free, then with one worker; the second occurrence is not needed
  EXPECT_EQ(records["bump"], 2);  // two occurrences
  EXPECT_EQ(records["twice"], 2);
}

TEST_F(Probe, ReplayLeavesTheRunAsItWas) {
  ASSERT_EQ(run("racing"), 0);
  std::vector<kernels::Digest> plain, replayed;
  for (const auto& event : trace().of("bump")) plain.push_back(event.outputs[0]);
  std::filesystem::remove(folder_.file("p0.dtrace"));
  Control control;
  control.replays = 3;
  ASSERT_EQ(run("racing", control), 0);
  for (const auto& event : trace().of("bump")) replayed.push_back(event.outputs[0]);
  EXPECT_EQ(plain, replayed);
}

TEST_F(Probe, ReplayOfOnlyTheOpsAskedFor) {
  Control control;
  control.replays = 2;
  control.replay_ops = {text_hash("bump")};
  ASSERT_EQ(run("racing", control), 0);
  EXPECT_THAT(trace().replay_ops, ElementsAre("bump", "bump"));
}

TEST_F(Probe, AnExceptionGoesThrough) {
  Control control;
  control.replays = 2;
  ASSERT_EQ(run("throws", control), 0);
  WholeTrace read = trace();
  EXPECT_EQ(read.of("throws").size(), 0u);
  EXPECT_EQ(read.of("after").size(), 1u);
  EXPECT_EQ(read.summary.dropped, 0u);
}

TEST_F(Probe, CapturesTheOutputsAskedFor) {
  ASSERT_EQ(run("ops"), 0);
  auto wanted = trace().of("add").at(4);
  std::filesystem::remove(folder_.file("p0.dtrace"));
  Control control;
  control.capture = {wanted.identity, 12345};
  ASSERT_EQ(run("ops", control), 0);
  auto capture = read_capture(folder_.path(), wanted.identity, 0);
  ASSERT_TRUE(capture);
  EXPECT_EQ(capture->name, "c");
  EXPECT_EQ(capture->dtype, kernels::DType::kF32);
  EXPECT_EQ(kernels::digest(capture->bytes.data(), capture->bytes.size()), wanted.outputs[0]);
  EXPECT_FALSE(read_capture(folder_.path(), wanted.identity, 1));
  EXPECT_FALSE(read_capture(folder_.path(), 12345, 0));
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    if (entry.path().extension() != ".bin") continue;
    std::string bytes = read_bytes(entry.path());
    write_bytes(entry.path(), bytes.substr(0, bytes.size() - 1));
  }
  EXPECT_FALSE(read_capture(folder_.path(), wanted.identity, 0)) << "a byte is missing";
}

TEST_F(Probe, CapturesWhatMovesBetweenThreadsWhereItIsToldApart) {
  auto anywhere = [](const char* op, uint64_t key) {
    return identity_without_lane(process_hash("p0"), EventKind::kOperation, text_hash(op), key, 0, 0);
  };
  const uint64_t piece = anywhere("piece", 0), sample = anywhere("sample", text_hash("2"));
  Control control;
  control.capture = {piece, sample};
  ASSERT_EQ(run("shares", control), 0);
  EXPECT_EQ(trace().events.size(), 16u);
  EXPECT_FALSE(read_capture(folder_.path(), piece, 0)) << "it might be any of twelve";
  const auto capture = read_capture(folder_.path(), sample, 0);
  ASSERT_TRUE(capture);
  EXPECT_EQ(capture->bytes.at(0), 2);
}

TEST_F(Probe, DigestsAreTheSameWhoeverComputesThem) {
  ASSERT_EQ(run("pools"), 0);
  auto ops = trace().of("op");
  ASSERT_EQ(ops.size(), 4u);
  std::vector<float> big(300001, 1.25f), huge(2 << 20, 2.0f);
  for (const NamedEvent& op : ops) {
    EXPECT_EQ(op.inputs[0], kernels::digest(big.data(), big.size() * sizeof(float)));
    EXPECT_EQ(op.inputs[0], op.inputs[2]);
    EXPECT_EQ(op.inputs[1], ops[0].inputs[1]);
    EXPECT_EQ(op.outputs[0], kernels::digest(huge.data(), huge.size() * sizeof(float)));
  }
}

TEST_F(Probe, WorkersArePinnedByTheRun) {
  auto answer = [&](Control control) {
    control.trace_directory = folder_.path().string();
    std::string command = std::string("'") + PROBE_SUBJECT + "' workers";
    setenv(kControlVariable, encode(control).c_str(), 1);
    FILE* pipe = popen(command.c_str(), "r");
    unsigned workers = 0;
    EXPECT_EQ(std::fscanf(pipe, "%u", &workers), 1);
    pclose(pipe);
    unsetenv(kControlVariable);
    return workers;
  };
  EXPECT_EQ(answer({}), 8u);
  Control pinned;
  pinned.workers = 3;
  EXPECT_EQ(answer(pinned), 3u);
  pinned.workers = 100;
  EXPECT_EQ(answer(pinned), 8u);
}

TEST_F(Probe, ACProgramUsesTheHeader) {
  Control control;
  control.trace_directory = folder_.path().string();
  EXPECT_EQ(run_subject({C_SUBJECT}, {{kControlVariable, encode(control)}}), 0);
  EXPECT_EQ(trace().of("scale").size(), 2u);
  EXPECT_EQ(run_subject({C_SUBJECT}, {}), 0);
}

}  // namespace
}  // namespace detaudit::instrument
