#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/instrument/run_subject.h"

namespace detaudit::instrument {
namespace {

class Adapter : public testing::Test {
 protected:
  WholeTrace run(const std::string& act) {
    Control control;
    control.trace_directory = folder_.path().string();
    EXPECT_EQ(run_subject({ADAPTER_SUBJECT, act}, {{kControlVariable, encode(control)}}), 0);
    return read_trace(folder_.path());
  }
  TraceFolder folder_;
};

TEST_F(Adapter, DigestsStridedBuffersAsTheirRowMajorBytes) {
  const WholeTrace trace = run("shapes");
  ASSERT_EQ(trace.events.size(), 11u);
  EXPECT_EQ(trace.summary.dropped, 0u);
  for (const NamedEvent& event : trace.events) {
    ASSERT_EQ(event.inputs.size(), 1u) << event.op;
    EXPECT_EQ(event.inputs, event.outputs) << event.op;
    EXPECT_EQ(event.signature.inputs[0].elements, event.signature.outputs[0].elements) << event.op;
    EXPECT_EQ(event.key, "layer");
    EXPECT_EQ(event.file, "train.py");
    EXPECT_EQ(event.line, 7u);
  }
  EXPECT_EQ(trace.of("complex").at(0).signature.inputs[0].elements, 2u * 201 * 99);
  EXPECT_EQ(trace.of("contiguous").at(0).signature.inputs[0].name, "x");
  EXPECT_NE(trace.of("contiguous").at(0).inputs, trace.of("transposed").at(0).inputs);
}

TEST_F(Adapter, TakesWhatMakesNoSense) {
  const WholeTrace trace = run("odd");
  EXPECT_EQ(trace.summary.state, TraceState::kFinished);
  EXPECT_EQ(trace.summary.dropped, 0u);
  EXPECT_TRUE(trace.of("senseless").at(0).inputs.empty());
  const int64_t inlined[2] = {17, 18};
  EXPECT_EQ(trace.of("odd").at(0).outputs.at(0), kernels::digest(inlined, sizeof inlined));
  EXPECT_EQ(trace.of("odd").at(0).inputs.at(0), kernels::digest(nullptr, 0));
  EXPECT_EQ(trace.of("many").at(0).inputs.size(), 100u);
  EXPECT_EQ(trace.of("many").at(0).outputs.size(), 100u);
}

TEST_F(Adapter, KnowsSamplesWhateverTheirOrder) {
  const auto batches = run("facts").of("loader");
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_EQ(batches[0].kind, EventKind::kBatch);
  EXPECT_NE(batches[0].outputs[0], batches[1].outputs[0]);
  EXPECT_EQ(batches[0].outputs[1], batches[1].outputs[1]);
}

TEST_F(Adapter, CountsFactsWhoseTextsAreGone) {
  const WholeTrace trace = run("facts");
  uint64_t count = 0;
  bool unseen = false, adapter = false;
  for (const SourceRecord& source : trace.sources) {
    if (source.kind == SourceKind::kEntropy && source.function == "numpy.random.default_rng()" &&
        source.site == "train.py:3")
      count = source.count;
    unseen |= source.kind == SourceKind::kAdapterUnseen && source.function == "compiled code";
    adapter |= source.kind == SourceKind::kAdapter && source.site == "a test";
  }
  EXPECT_EQ(count, 3u);
  EXPECT_TRUE(unseen);
  EXPECT_TRUE(adapter);
  EXPECT_EQ(trace.of("generator").at(0).line, 4u);
  EXPECT_EQ(trace.of("loss").at(0).value, 0.5);
}

TEST_F(Adapter, SaysWhatTheModelWasDoing) {
  const WholeTrace trace = run("phases");
  const NamedEvent reduced = trace.of("all_reduce").at(0);
  EXPECT_EQ(reduced.kind, EventKind::kCollective);
  EXPECT_EQ(reduced.phase, Phase::kTraining);  // when it began
  EXPECT_EQ(reduced.inputs.size(), 1u);
  EXPECT_EQ(reduced.outputs.size(), 1u);
  EXPECT_EQ(trace.of("accuracy").at(0).phase, Phase::kEvaluation);
  EXPECT_EQ(trace.of("accuracy").at(0).value, 0.25);
  EXPECT_EQ(trace.of("loss").at(0).phase, Phase::kEvaluation);
  EXPECT_EQ(run("facts").of("loader").at(0).phase, Phase::kUnknown);
}

TEST_F(Adapter, LeavesAdaptersOfAnotherVersionAlone) { run("newer"); }

}  // namespace
}  // namespace detaudit::instrument
