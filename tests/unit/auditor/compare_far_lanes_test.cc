#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "auditor/compare/comparison.h"
#include "tests/unit/auditor/planned_trace.h"

// Lanes that come in another order, further apart than memory reaches, and work that moved and
// differs: what is read again or settled by step instead of spilled, and when it is not.
namespace detaudit::auditor {
namespace {

Planned event_of(uint64_t lane, uint64_t number) {
  Planned event;
  event.lane = "p0/t" + std::to_string(lane);
  event.step = number / 10;
  event.op = "op" + std::to_string(number % 10);
  event.inputs = {number * 100 + lane};
  event.outputs = {number * 100 + lane + 50};
  return event;
}

// `turn` events of one lane before the next has its turn, in an order that each round draws anew.
std::vector<Planned> in_turns(uint64_t lanes, uint64_t events, uint64_t turn, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<uint64_t> order(lanes);
  for (uint64_t lane = 0; lane < lanes; ++lane) order[lane] = lane;
  std::vector<Planned> planned;
  for (uint64_t begin = 0; begin < events; begin += turn) {
    std::shuffle(order.begin(), order.end(), random);
    for (const uint64_t lane : order) {
      for (uint64_t i = begin; i < std::min(begin + turn, events); ++i) {
        planned.push_back(event_of(lane, i));
      }
    }
  }
  return planned;
}

class CompareFarLanes : public testing::Test {
 protected:
  Comparison compare(const std::vector<Planned>& first, const std::vector<Planned>& second,
                     size_t memory_bytes, const char* spill_directory = ".") {
    CompareOptions options;
    options.memory_bytes = memory_bytes;
    options.spill_directory = folder_.path() / spill_directory;
    const std::string number = std::to_string(runs_++);
    return compare_runs(write_run(folder_, "first" + number, first),
                        write_run(folder_, "second" + number, second), options);
  }
  TraceFolder folder_;
  int runs_ = 0;
};

// A folder that is not there: spilling would be an error.
TEST_F(CompareFarLanes, AreReadAgainNotSpilled) {
  const auto first = in_turns(3, 3000, 1500, 1);
  auto second = in_turns(3, 3000, 1500, 2);
  const auto at = std::find_if(second.begin(), second.end(), [](const Planned& event) {
    return event.lane == "p0/t2" && event.inputs[0] == 700 * 100 + 2;
  });
  at->outputs = {7};
  const Comparison result = compare(first, second, 100'000, "missing");
  EXPECT_GT(result.read_again, 1000u);
  EXPECT_EQ(result.compared, 9000u);
  EXPECT_EQ(result.origins, 1u);
  EXPECT_EQ(result.agreeing, 8999u);
  EXPECT_EQ(result.reordered, 0u);
  ASSERT_EQ(result.groups.size(), 1u);
  EXPECT_EQ(result.groups[0].first.lane, "p0/t2");
  EXPECT_EQ(result.groups[0].first.step, 70u);
}

TEST_F(CompareFarLanes, ALaneThatOneRunLacksIsAlone) {
  auto first = in_turns(4, 2000, 1000, 1);
  const auto second = in_turns(3, 2000, 1000, 2);
  for (const bool swapped : {false, true}) {
    const Comparison result = swapped ? compare(second, first, 50'000, "missing")
                                      : compare(first, second, 50'000, "missing");
    EXPECT_GT(result.read_again, 0u);
    EXPECT_EQ(result.agreeing, 6000u);
    EXPECT_EQ(swapped ? result.only_in_second : result.only_in_first, 2000u);
    EXPECT_EQ(result.unaligned_lanes, std::vector<std::string>{"p0/t3"});
  }
}

// Within a lane nothing is to be found by its lane: that spills.
TEST_F(CompareFarLanes, WhatIsFarApartWithinALaneSpills) {
  auto first = in_turns(2, 6000, 3000, 1), second = in_turns(2, 6000, 3000, 2);
  std::mt19937_64 random(3);
  std::shuffle(second.begin(), second.end(), random);
  const Comparison result = compare(first, second, 30'000);
  EXPECT_GT(result.spilled_bytes, 0u);
  EXPECT_EQ(result.agreeing, 12'000u);
  EXPECT_TRUE(result.identical());
}

// More lanes than it pays to read again one by one.
TEST_F(CompareFarLanes, ManyLanesSpill) {
  auto first = in_turns(300, 8, 8, 1);
  const auto second = in_turns(300, 8, 8, 2);
  const Comparison result = compare(first, second, 10'000);
  EXPECT_GT(result.read_again, 0u);
  EXPECT_GT(result.spilled_bytes, 0u);
  EXPECT_TRUE(result.identical());
}

// All lanes and turns drawn: what is said is what it is with memory enough.
TEST_F(CompareFarLanes, SayTheSameInAnyOrder) {
  for (uint64_t seed = 0; seed < 6; ++seed) {
    const auto first = in_turns(2 + seed, 700, 1 + 97 * seed, seed);
    auto second = in_turns(2 + seed, 700, 1 + 131 * (6 - seed), 100 + seed);
    std::mt19937_64 random(seed);
    for (int edit = 0; edit < 20; ++edit) second[random() % second.size()].outputs = {edit + 1u};
    for (int edit = 0; edit < 20; ++edit) {
      second.erase(second.begin() + static_cast<long>(random() % second.size()));
    }
    const Comparison kept = compare(first, second, size_t{64} << 20);
    for (const size_t memory_bytes : {size_t{0}, size_t{30'000}, size_t{100'000}}) {
      const Comparison result = compare(first, second, memory_bytes);
      EXPECT_EQ(result.agreeing, kept.agreeing);
      EXPECT_EQ(result.origins, kept.origins);
      EXPECT_EQ(result.only_in_first, kept.only_in_first);
      ASSERT_EQ(result.groups.size(), kept.groups.size());
      for (size_t i = 0; i < kept.groups.size(); ++i) {
        EXPECT_EQ(result.groups[i].identities, kept.groups[i].identities);
        EXPECT_EQ(result.groups[i].first.order, kept.groups[i].first.order);
      }
    }
  }
}

// A pool hands its work out otherwise, and from the middle on it differs.
constexpr uint64_t kTasks = 20'000;
std::vector<Planned> pool(uint64_t seed, uint64_t differs_from) {
  std::mt19937_64 random(seed);
  std::vector<Planned> events;
  for (uint64_t i = 0; i < kTasks; ++i) {
    Planned event = event_of(random() % 4, i);
    event.inputs = {i};
    event.outputs = {i < differs_from ? i + 1 : i + kTasks + seed};
    events.push_back(event);
  }
  return events;
}

TEST_F(CompareFarLanes, MovedWorkThatDiffersIsSettledStepByStep) {
  const Comparison result = compare(pool(1, kTasks / 2), pool(2, kTasks / 2), 400'000, "missing");
  EXPECT_EQ(result.compared, kTasks);
  EXPECT_EQ(result.agreeing, kTasks / 2);
  EXPECT_EQ(result.origins, kTasks / 2);
  EXPECT_EQ(result.groups.size(), 10u);
}

// One more event of a step that was settled: an equal twin of what has been paired by then.
TEST_F(CompareFarLanes, AStepThatComesAgainIsNotSettledBefore) {
  const auto first = pool(1, kTasks / 2);
  auto second = pool(2, kTasks / 2);
  const size_t early = kTasks / 2 + 100;
  Planned late = first[early];  // equal to the first run's, at the very end
  second.push_back(late);
  const Comparison kept = compare(first, second, size_t{64} << 20);
  EXPECT_EQ(kept.agreeing, kTasks / 2 + 1);
  EXPECT_EQ(kept.only_in_second, 1u);
  const Comparison result = compare(first, second, 400'000);
  EXPECT_GT(result.spilled_bytes, 0u);
  EXPECT_EQ(result.agreeing, kept.agreeing);
  EXPECT_EQ(result.origins, kept.origins);
  EXPECT_EQ(result.only_in_second, 1u);
}

}  // namespace
}  // namespace detaudit::auditor
