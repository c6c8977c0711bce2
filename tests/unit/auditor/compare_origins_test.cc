#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auditor/compare/comparison.h"
#include "tests/unit/auditor/planned_trace.h"

// Which divergences are origins, where inputs alone do not say so.
namespace detaudit::auditor {
namespace {

using instrument::EventKind;
using testing::IsEmpty;
using testing::SizeIs;

Planned event(EventKind kind, const std::string& name, uint64_t step, std::vector<uint64_t> out) {
  Planned planned;
  planned.kind = kind;
  planned.op = name;
  planned.step = step;
  planned.outputs = std::move(out);
  return planned;
}

Planned op(const std::string& name, uint64_t step, std::vector<uint64_t> in,
           std::vector<uint64_t> out) {
  Planned planned = event(EventKind::kOperation, name, step, std::move(out));
  planned.inputs = std::move(in);
  return planned;
}

Planned rng(uint64_t step, uint64_t state) {
  return event(EventKind::kRngStream, "shuffle", step, {state});
}
Planned batch(uint64_t step, uint64_t ordered, uint64_t samples) {
  return event(EventKind::kBatch, "train", step, {ordered, samples});
}
Planned metric(uint64_t step, uint64_t value) {
  return event(EventKind::kMetric, "loss", step, {value});
}
Planned output(uint64_t step, uint64_t chunk) {
  return event(EventKind::kOutput, "stdout", step, {chunk});
}

Comparison compare(const std::vector<Planned>& first, const std::vector<Planned>& second) {
  TraceFolder folder;
  return compare_runs(write_run(folder, "first", first), write_run(folder, "second", second), {});
}

// Each inner list is a process of its own.
using Processes = std::vector<std::vector<Planned>>;
Comparison compare_of(const Processes& first, const Processes& second) {
  TraceFolder folder;
  for (const auto& [name, run] : {std::pair("first", &first), std::pair("second", &second)}) {
    for (size_t i = 0; i < run->size(); ++i)
      write_process(folder.path() / name, "p" + std::to_string(i), (*run)[i], Buffers::kApart);
  }
  return compare_runs(folder.path() / "first", folder.path() / "second", {});
}

TEST(CompareOrigins, AMetricAloneIsOneAfterAnOperationItIsNot) {
  EXPECT_EQ(compare({metric(0, 1)}, {metric(0, 2)}).origins, 1u);
  const Comparison after =
      compare({op("sum", 0, {1}, {2}), metric(0, 1)}, {op("sum", 0, {1}, {3}), metric(0, 2)});
  EXPECT_EQ(after.origins, 1u);
  EXPECT_EQ(after.propagated, 1u);
  EXPECT_EQ(after.groups[0].first.op, "sum");
}

TEST(CompareOrigins, AMetricBeforeTheOperationStaysOne) {
  const Comparison result = compare({metric(0, 1), op("sum", 1, {1}, {2}), metric(1, 5)},
                                    {metric(0, 2), op("sum", 1, {1}, {3}), metric(1, 6)});
  EXPECT_EQ(result.origins, 2u);
  EXPECT_EQ(result.propagated, 1u);
  ASSERT_THAT(result.groups, SizeIs(2));
  EXPECT_EQ(result.groups[0].first.op, "loss");
  EXPECT_EQ(result.groups[0].occurrences, 1u);
}

TEST(CompareOrigins, AMissingOperationExplainsMetricsThoughItIsFoundLast) {
  const Comparison result =
      compare({op("extra", 0, {}, {1}), metric(1, 1), metric(2, 2)}, {metric(1, 3), metric(2, 4)});
  EXPECT_EQ(result.only_in_first, 1u);
  EXPECT_EQ(result.origins, 0u);
  EXPECT_EQ(result.propagated, 2u);
  ASSERT_THAT(result.groups, SizeIs(1));
  EXPECT_EQ(result.groups[0].first.op, "extra");
}

TEST(CompareOrigins, AnInsertedOperationExplainsTheMetricRightAfterIt) {
  const Comparison result = compare({op("a", 0, {}, {1}), metric(0, 1)},
                                    {op("a", 0, {}, {1}), op("extra", 0, {}, {9}), metric(0, 2)});
  EXPECT_EQ(result.propagated, 1u);
  EXPECT_EQ(result.origins, 0u);
}

TEST(CompareOrigins, AnInsertedOperationExplainsNothingBeforeIt) {
  const Comparison result =
      compare({op("a", 0, {}, {1}), metric(0, 1), op("b", 0, {}, {1})},
              {op("a", 0, {}, {1}), metric(0, 2), op("extra", 0, {}, {9}), op("b", 0, {}, {1})});
  EXPECT_EQ(result.origins, 1u);
}

TEST(CompareOrigins, ABatchIsOneUnlessItsStreamPartedBefore) {
  const Comparison alone = compare({rng(0, 7), batch(0, 1, 1)}, {rng(0, 7), batch(0, 2, 2)});
  EXPECT_EQ(alone.origins, 1u);
  EXPECT_FALSE(alone.groups[0].batch_same_samples);
  const Comparison drawn = compare({rng(0, 7), batch(0, 1, 1), batch(1, 3, 3)},
                                   {rng(0, 8), batch(0, 2, 2), batch(1, 4, 4)});
  EXPECT_EQ(drawn.origins, 1u);
  EXPECT_EQ(drawn.propagated, 2u);
  EXPECT_EQ(drawn.groups[0].first.op, "shuffle");
}

TEST(CompareOrigins, ABatchBeforeItsStreamPartsIsOne) {
  const Comparison result = compare({batch(0, 1, 1), rng(1, 7), batch(1, 3, 3)},
                                    {batch(0, 2, 2), rng(1, 8), batch(1, 4, 4)});
  EXPECT_EQ(result.origins, 2u);
  EXPECT_EQ(result.propagated, 1u);
}

TEST(CompareOrigins, AnOperationWithoutInputsIsOneUnlessAStreamPartedBefore) {
  EXPECT_EQ(compare({op("sum", 0, {1}, {2}), op("init", 0, {}, {1})},
                    {op("sum", 0, {1}, {3}), op("init", 0, {}, {2})})
                .origins,
            2u);
  EXPECT_EQ(
      compare({rng(0, 7), op("init", 0, {}, {1})}, {rng(0, 8), op("init", 0, {}, {2})}).origins,
      1u);
}

TEST(CompareOrigins, AnOperationWithInputsIsOneThoughAStreamParted) {
  EXPECT_EQ(
      compare({rng(0, 7), op("dropout", 0, {4}, {1})}, {rng(0, 8), op("dropout", 0, {4}, {2})})
          .origins,
      2u);
}

TEST(CompareOrigins, TheSameSamplesInAnotherOrderAreTold) {
  const Comparison shuffled = compare({batch(0, 1, 5)}, {batch(0, 2, 5)});
  EXPECT_TRUE(shuffled.groups[0].batch_same_samples);
  const Comparison swapped =
      compare({batch(0, 1, 5), batch(1, 2, 6)}, {batch(0, 2, 6), batch(1, 1, 5)});
  EXPECT_TRUE(swapped.groups[0].batch_same_samples);
  const Comparison others =
      compare({batch(0, 1, 5), batch(1, 2, 6)}, {batch(0, 2, 6), batch(1, 1, 7)});
  EXPECT_FALSE(others.groups[0].batch_same_samples);
}

TEST(CompareOrigins, AnOutputIsOneUnlessAnythingRecordedDiverged) {
  EXPECT_EQ(compare({output(0, 1)}, {output(0, 2)}).origins, 1u);
  const Comparison after = compare({metric(3, 1), output(0, 1)}, {metric(3, 2), output(0, 2)});
  EXPECT_EQ(after.origins, 1u);
  EXPECT_EQ(after.propagated, 1u);
  EXPECT_EQ(after.groups[0].first.op, "loss");
}

TEST(CompareOrigins, OneOutputDoesNotExplainAnother) {
  Planned first = event(EventKind::kOutput, "a.txt", 0, {1});
  Planned second = event(EventKind::kOutput, "b.txt", 0, {2});
  Planned changed_first = first, changed_second = second;
  changed_first.outputs = {3};
  changed_second.outputs = {4};
  EXPECT_THAT(compare({first, second}, {changed_first, changed_second}).groups, SizeIs(2));
}

TEST(CompareOrigins, InputsThatDifferUnexplainedEnteredUnseen) {
  const Comparison result =
      compare({op("a", 0, {1}, {2}), op("b", 1, {3}, {4}), op("c", 1, {4}, {5})},
              {op("a", 0, {1}, {2}), op("b", 1, {33}, {44}), op("c", 1, {44}, {55})});
  EXPECT_EQ(result.origins, 0u);
  EXPECT_EQ(result.propagated, 2u);
  ASSERT_THAT(result.groups, SizeIs(1));
  EXPECT_EQ(result.groups[0].shape, DivergenceShape::kEnteredUnseen);
  EXPECT_EQ(result.groups[0].first.op, "b");
  EXPECT_EQ(result.groups[0].occurrences, 1u);
}

TEST(CompareOrigins, AnOutputDoesNotExplainWhatWasRecorded) {
  // The program's output parts because what it read parted, not the other way around.
  Planned print = event(EventKind::kOutput, "stdout", 0, {9});
  Planned changed = event(EventKind::kOutput, "stdout", 0, {99});
  const Comparison result = compare_of(
      {{op("copy", 0, {1}, {2}), op("sum", 0, {2}, {3})}, {print}},
      {{op("copy", 0, {11}, {22}), op("sum", 0, {22}, {33})}, {changed}});
  EXPECT_EQ(result.origins, 0u);
  ASSERT_THAT(result.groups, SizeIs(1));
  EXPECT_EQ(result.groups[0].shape, DivergenceShape::kEnteredUnseen);
  EXPECT_EQ(result.groups[0].first.op, "copy");
}

TEST(CompareOrigins, ProcessesDoNotExplainEachOtherAway) {
  const Comparison result =
      compare_of({{op("a", 3, {1}, {2})}, {op("b", 3, {3}, {4})}},
                        {{op("a", 3, {11}, {22})}, {op("b", 3, {33}, {44})}});
  EXPECT_FALSE(result.identical());
  EXPECT_THAT(result.groups, SizeIs(1));
}

TEST(CompareOrigins, NothingEntersUnseenAfterADivergenceAnywhere) {
  // "view" reads another byte range of what "sum" wrote: a digest never seen before.
  const Comparison result = compare({op("sum", 0, {1}, {2}), op("view", 0, {3}, {4})},
                                    {op("sum", 0, {1}, {9}), op("view", 0, {33}, {44})});
  EXPECT_EQ(result.origins, 1u);
  ASSERT_THAT(result.groups, SizeIs(1));
  EXPECT_EQ(result.groups[0].first.op, "sum");
}

TEST(CompareOrigins, AnotherLanesDivergenceExplainsThoughItIsMatchedLater) {
  // The second run shows lane t1 only after t2, so that the pair of "sum" comes late.
  Planned sum = op("sum", 0, {1}, {2}), use = op("use", 0, {3}, {4});
  Planned other_sum = op("sum", 0, {1}, {22}), other_use = op("use", 0, {33}, {44});
  for (Planned* planned : {&sum, &other_sum}) planned->lane = "p0/t1";
  for (Planned* planned : {&use, &other_use}) planned->lane = "p0/t2";
  const Comparison result = compare({sum, use}, {other_use, other_sum});
  EXPECT_EQ(result.origins, 1u);
  EXPECT_EQ(result.propagated, 1u);
  ASSERT_THAT(result.groups, SizeIs(1));
  EXPECT_EQ(result.groups[0].first.op, "sum");
}

TEST(CompareOrigins, AcrossProcessesStepsSayWhatCameBefore) {
  TraceFolder folder;
  auto write = [&](const std::string& run, uint64_t child, uint64_t parent_late,
                   uint64_t parent_early) {
    write_process(folder.path() / run, "p0", {metric(1, parent_early), metric(5, parent_late)});
    Planned work = op("work", 3, {1}, {child});
    work.lane = "p0.1";
    write_process(folder.path() / run, "p0.1", {work});
    return folder.path() / run;
  };
  const auto base = write("base", 1, 1, 1);
  const Comparison later = compare_runs(base, write("later", 2, 2, 1), {});
  EXPECT_EQ(later.origins, 1u);
  EXPECT_EQ(later.propagated, 1u);
  EXPECT_EQ(later.groups[0].first.op, "work");
  const Comparison earlier = compare_runs(base, write("earlier", 2, 2, 2), {});
  EXPECT_EQ(earlier.origins, 2u);
  EXPECT_EQ(earlier.propagated, 1u);
}

TEST(CompareOrigins, MoreOutputsAreADivergenceToo) {
  const Comparison result = compare({op("split", 0, {1}, {2})}, {op("split", 0, {1}, {2, 3})});
  EXPECT_EQ(result.origins, 1u);
  EXPECT_THAT(result.groups[0].outputs, testing::ElementsAre(1));
}

TEST(CompareOrigins, CleanRunsOfEveryKindHaveNone) {
  const std::vector<Planned> events{rng(0, 1), batch(0, 1, 1), op("a", 0, {1}, {2}), metric(0, 1),
                                    output(0, 1)};
  EXPECT_THAT(compare(events, events).groups, IsEmpty());
}

}  // namespace
}  // namespace detaudit::auditor
