#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "auditor/compare/comparison.h"
#include "tests/unit/auditor/planned_trace.h"

namespace detaudit::auditor {
namespace {

using instrument::EventKind;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Planned op(const std::string& name, uint64_t step, std::vector<uint64_t> in,
           std::vector<uint64_t> out) {
  Planned event;
  event.op = name;
  event.step = step;
  event.inputs = std::move(in);
  event.outputs = std::move(out);
  return event;
}

Planned of_kind(EventKind kind, const std::string& name, uint64_t step, std::vector<uint64_t> out) {
  Planned event = op(name, step, {}, std::move(out));
  event.kind = kind;
  return event;
}

Planned in_lane(const std::string& lane, Planned event) {
  event.lane = lane;
  return event;
}

// Three ops a step, each feeding the next.
std::vector<Planned> training(uint64_t steps) {
  std::vector<Planned> events;
  for (uint64_t step = 0; step < steps; ++step) {
    const uint64_t base = step * 10;
    events.push_back(op("load", step, {}, {base}));
    events.push_back(op("forward", step, {base}, {base + 1, base + 2}));
    events.push_back(op("update", step, {base + 1, base + 2}, {base + 3}));
  }
  return events;
}

Comparison compare(const std::vector<Planned>& first, const std::vector<Planned>& second,
                   const CompareOptions& options = {}) {
  TraceFolder folder;
  return compare_runs(write_run(folder, "first", first), write_run(folder, "second", second),
                      options);
}

TEST(CompareRuns, EqualRunsAreIdentical) {
  const Comparison result = compare(training(5), training(5));
  EXPECT_TRUE(result.identical());
  EXPECT_EQ(result.compared, 15u);
  EXPECT_EQ(result.agreeing, 15u);
  EXPECT_EQ(result.inputs_differed, 0u);
  EXPECT_EQ(result.lanes, 1u);
  EXPECT_THAT(result.groups, IsEmpty());
  EXPECT_EQ(result.spilled_bytes, 0u);
}

TEST(CompareRuns, EqualInputsAndOtherOutputsAreAnOriginTheRestPropagates) {
  auto second = training(3);
  second[4].outputs[1] = 999;  // step 1, forward
  second[5].inputs[1] = 999;
  second[5].outputs[0] = 998;
  const Comparison result = compare(training(3), second);
  EXPECT_EQ(result.origins, 1u);
  EXPECT_EQ(result.propagated, 1u);
  EXPECT_EQ(result.agreeing, 7u);
  EXPECT_EQ(result.inputs_differed, 1u);
  ASSERT_THAT(result.groups, SizeIs(1));
  const OriginGroup& group = result.groups[0];
  EXPECT_EQ(group.shape, DivergenceShape::kOutputsDiffer);
  EXPECT_EQ(group.first.op, "forward");
  EXPECT_EQ(group.first.lane, "p0");
  EXPECT_EQ(group.first.step, 1u);
  EXPECT_EQ(group.first.order, 4u);
  EXPECT_THAT(group.outputs, ElementsAre(1));
  EXPECT_FALSE(group.in_place);
  EXPECT_EQ(result.operations.at("forward").origins, 1u);
  EXPECT_EQ(result.operations.at("update").propagated, 1u);
}

TEST(CompareRuns, EveryOriginIsOneWhereverItIs) {
  auto second = training(4);
  second[1].outputs[0] = 999;  // forward at step 0 ...
  second[2].inputs[0] = 999;   // ... goes into update, which agrees all the same
  second[9].outputs[0] = 997;  // load at step 3: no inputs
  second[10].inputs[0] = 997;
  const Comparison result = compare(training(4), second);
  EXPECT_EQ(result.origins, 2u);
  EXPECT_EQ(result.propagated, 0u);
  EXPECT_EQ(result.inputs_differed, 2u);
  ASSERT_THAT(result.groups, SizeIs(2));
  EXPECT_EQ(result.groups[0].first.op, "forward");
  EXPECT_EQ(result.groups[1].first.op, "load");
}

TEST(CompareRuns, GroupsGatherOneOpOverAllSteps) {
  auto second = training(20);
  for (size_t step = 2; step < 20; ++step) second[step * 3 + 1].outputs[0] = 5000 + step;
  const Comparison result = compare(training(20), second);
  ASSERT_THAT(result.groups, SizeIs(1));
  EXPECT_EQ(result.groups[0].occurrences, 18u);
  EXPECT_EQ(result.groups[0].first.step, 2u);
  EXPECT_THAT(result.groups[0].identities, SizeIs(8));
  EXPECT_EQ(result.groups[0].identities[0], result.groups[0].first.identity);
}

TEST(CompareRuns, AnOutputThatIsAnInputByNameIsInPlace) {
  const std::vector<Planned> first{op("update", 0, {1, 2}, {3})};
  const std::vector<Planned> second{op("update", 0, {1, 2}, {4})};
  TraceFolder folder;
  const auto a = write_run(folder, "first", first, Buffers::kInPlace);
  const auto b = write_run(folder, "second", second, Buffers::kInPlace);
  const Comparison result = compare_runs(a, b, {});
  ASSERT_THAT(result.groups, SizeIs(1));
  EXPECT_TRUE(result.groups[0].in_place);
  EXPECT_THAT(result.groups[0].signature.inputs, SizeIs(2));
}

TEST(CompareRuns, AnInsertedEventIsLocatedAndTheRestAligns) {
  auto second = training(50);
  second.insert(second.begin() + 31, op("extra", 10, {}, {77}));
  const Comparison result = compare(training(50), second);
  EXPECT_EQ(result.compared, 150u);
  EXPECT_EQ(result.agreeing, 150u);
  EXPECT_EQ(result.only_in_second, 1u);
  EXPECT_EQ(result.only_in_first, 0u);
  EXPECT_EQ(result.reordered, 0u);
  ASSERT_THAT(result.groups, SizeIs(1));
  EXPECT_EQ(result.groups[0].shape, DivergenceShape::kOnlyInOneRun);
  EXPECT_FALSE(result.groups[0].only_in_first);
  EXPECT_FALSE(result.groups[0].at_end);
  EXPECT_EQ(result.groups[0].first.op, "extra");
  EXPECT_EQ(result.groups[0].first.step, 10u);
  EXPECT_FALSE(result.identical());
}

TEST(CompareRuns, MissingEventsAreGroupedByOpAndSide) {
  auto first = training(10), second = training(10);
  second.erase(second.begin() + 12, second.begin() + 15);  // step 4
  first.erase(first.begin() + 27);                         // load at step 9
  const Comparison result = compare(first, second);
  EXPECT_EQ(result.only_in_first, 3u);
  EXPECT_EQ(result.only_in_second, 1u);
  EXPECT_EQ(result.compared, 26u);
  ASSERT_THAT(result.groups, SizeIs(4));
  EXPECT_TRUE(result.groups[0].only_in_first);
  EXPECT_EQ(result.groups[0].first.op, "load");
  EXPECT_FALSE(result.groups[3].only_in_first);
  EXPECT_EQ(result.groups[3].first.op, "load");
  EXPECT_EQ(result.groups[3].first.step, 9u);
}

TEST(CompareRuns, AShorterRunEndsInMissingEvents) {
  const Comparison result = compare(training(10), training(7));
  EXPECT_EQ(result.compared, 21u);
  EXPECT_EQ(result.only_in_first, 9u);
  EXPECT_EQ(result.groups[0].first.step, 7u);
  EXPECT_TRUE(result.groups[0].at_end);
}

TEST(CompareRuns, AMissingLaneIsNamed) {
  auto first = training(3), second = training(3);
  first.push_back(in_lane("p0/t2", op("load", 0, {}, {5})));
  first.push_back(in_lane("p0/t1", op("load", 0, {}, {6})));
  second.push_back(in_lane("p0/t1", op("load", 0, {}, {6})));
  const Comparison result = compare(first, second);
  EXPECT_EQ(result.lanes, 2u);
  EXPECT_THAT(result.unaligned_lanes, ElementsAre("p0/t2"));
  EXPECT_EQ(result.only_in_first, 1u);
  EXPECT_EQ(result.groups[0].first.lane, "p0/t2");
  EXPECT_TRUE(result.groups[0].at_end);
}

TEST(CompareRuns, LanesMayInterleaveAnyway) {
  std::vector<Planned> first, second;
  for (uint64_t step = 0; step < 30; ++step) {
    first.push_back(in_lane("p0/t1", op("a", step, {}, {step})));
  }
  for (uint64_t step = 0; step < 30; ++step) {
    first.push_back(in_lane("p0/t2", op("a", step, {}, {100 + step})));
    second.push_back(in_lane("p0/t2", op("a", step, {}, {100 + step})));
    second.push_back(in_lane("p0/t1", op("a", step, {}, {step})));
  }
  const Comparison result = compare(first, second);
  EXPECT_TRUE(result.identical());
  EXPECT_EQ(result.compared, 60u);
  EXPECT_EQ(result.reordered, 0u);
}

TEST(CompareRuns, AnotherOrderWithinALaneIsCountedAndMarksLaterGroups) {
  auto keyed = [](const std::string& key, uint64_t out) {
    Planned event = op("load", 0, {}, {out});
    event.key = key;
    return event;
  };
  const std::vector<Planned> first{op("early", 0, {}, {1}), keyed("a", 2), keyed("b", 3),
                                   keyed("c", 4), op("late", 0, {}, {5})};
  std::vector<Planned> second{op("early", 0, {}, {11}), keyed("b", 3), keyed("c", 4), keyed("a", 2),
                              op("late", 0, {}, {15})};
  const Comparison result = compare(first, second);
  EXPECT_EQ(result.compared, 5u);
  EXPECT_EQ(result.reordered, 1u);
  ASSERT_THAT(result.groups, SizeIs(2));
  EXPECT_FALSE(result.groups[0].reordered);
  EXPECT_TRUE(result.groups[1].reordered);
}

TEST(CompareRuns, StepsThatRepeatPairWithTheNearest) {
  std::vector<Planned> first;
  for (uint64_t epoch = 0; epoch < 4; ++epoch) {
    for (uint64_t step = 0; step < 5; ++step) {
      Planned event = op("train", step, {}, {epoch * 100 + step});
      event.occurrence = 0;
      first.push_back(event);
    }
  }
  auto second = first;
  second.erase(second.begin() + 7);
  const Comparison result = compare(first, second);
  EXPECT_EQ(result.compared, 19u);
  EXPECT_EQ(result.agreeing, 19u);
  EXPECT_EQ(result.only_in_first, 1u);
}

TEST(CompareRuns, WatchedIdentitiesGetTheirOutcome) {
  auto second = training(3);
  second[4].outputs[1] = 999;
  second[5].inputs[1] = 999;
  second[5].outputs[0] = 998;
  second.pop_back();
  TraceFolder folder;
  const auto a = write_run(folder, "first", training(3)), b = write_run(folder, "second", second);
  const Comparison seen = compare_runs(a, b, {});
  ASSERT_THAT(seen.groups, SizeIs(2));
  CompareOptions options;
  const uint64_t origin = seen.groups[0].first.identity, missing = seen.groups[1].first.identity;
  options.watch = {origin, missing, 12345};
  const Comparison result = compare_runs(a, b, options);
  EXPECT_EQ(result.watched.at(origin), EventOutcome::kOrigin);
  EXPECT_EQ(result.watched.at(missing), EventOutcome::kOnlyInFirst);
  EXPECT_EQ(result.watched.at(12345), EventOutcome::kAbsent);
  const Comparison equal = compare_runs(a, a, options);
  EXPECT_EQ(equal.watched.at(origin), EventOutcome::kAgrees);
}

TEST(CompareRuns, EventsAfterTheLastStepAreLeftOut) {
  auto second = training(10);
  second[27].outputs[0] = 999;  // step 9
  CompareOptions options;
  options.last_step = 8;
  EXPECT_TRUE(compare(training(10), second, options).identical());
  options.last_step = 9;
  EXPECT_FALSE(compare(training(10), second, options).identical());
}

TEST(CompareRuns, MetricsKeepTheirLargestDifference) {
  const double nan = std::nan("");
  auto metric = [](const std::string& name, uint64_t step, double value) {
    Planned event = of_kind(EventKind::kMetric, name, step, {static_cast<uint64_t>(value * 8)});
    event.value = value;
    return event;
  };
  auto broken = [&](uint64_t step) {
    Planned event = metric("broken", step, 1);
    event.value = nan;
    return event;
  };
  const Comparison result =
      compare({metric("loss", 0, 2), metric("loss", 1, 1), metric("broken", 0, 1), broken(1)},
              {metric("loss", 0, 2.5), metric("loss", 1, 1.25), broken(0), broken(1)});
  const MetricSeries& loss = result.metrics.at("loss");
  EXPECT_EQ(loss.compared, 2u);
  EXPECT_DOUBLE_EQ(loss.max_abs_difference, 0.5);
  EXPECT_DOUBLE_EQ(loss.last_first, 1);
  EXPECT_DOUBLE_EQ(loss.last_second, 1.25);
  EXPECT_TRUE(std::isinf(result.metrics.at("broken").max_abs_difference));
}

TEST(CompareRuns, TheTimelineHasAtMost256BinsOverAllSteps) {
  auto second = training(1000);
  second[3 * 700].outputs[0] = 999999;
  const Comparison result = compare(training(1000), second);
  ASSERT_LE(result.timeline.size(), 256u);
  EXPECT_EQ(result.timeline.front().first_step, 0u);
  EXPECT_EQ(result.timeline.back().last_step, 999u);
  uint64_t compared = 0;
  for (const StepBin& bin : result.timeline) {
    compared += bin.compared;
    EXPECT_EQ(bin.origins, bin.first_step <= 700 && 700 <= bin.last_step ? 1u : 0u);
  }
  EXPECT_EQ(compared, 3000u);
}

TEST(CompareRuns, GroupsBeyondTheLimitAreCounted) {
  std::vector<Planned> first, second;
  for (uint64_t i = 0; i < kMaximumGroups + 7; ++i) {
    first.push_back(op("op" + std::to_string(i), i, {}, {1}));
    second.push_back(op("op" + std::to_string(i), i, {}, {2}));
  }
  const Comparison result = compare(first, second);
  EXPECT_EQ(result.origins, kMaximumGroups + 7);
  EXPECT_THAT(result.groups, SizeIs(kMaximumGroups));
  EXPECT_EQ(result.groups_left_out, 7u);
  EXPECT_EQ(result.occurrences_left_out, 7u);
  EXPECT_EQ(result.groups.back().first.step, kMaximumGroups - 1);
}

TEST(CompareRuns, OneNameOfTwoKindsIsCountedApart) {
  const std::vector<Planned> events{op("loss", 0, {}, {1}),
                                    of_kind(EventKind::kMetric, "loss", 0, {2})};
  const Comparison result = compare(events, events);
  EXPECT_EQ(result.operations.at("loss").kind, EventKind::kOperation);
  EXPECT_EQ(result.operations.at("loss (metric)").events, 1u);
}

}  // namespace
}  // namespace detaudit::auditor
