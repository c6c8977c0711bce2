#include <gtest/gtest.h>

#include <random>

#include "auditor/compare/comparison.h"
#include "tests/unit/auditor/planned_trace.h"

// Work that seems to have moved is taken for moved before all of it has been read: what that saves,
// and that a wrong guess changes nothing.
namespace detaudit::auditor {
namespace {

constexpr uint64_t kTasks = 12'000;  // waiting, more than the early look waits for

Planned task(uint64_t number, uint64_t lane) {
  Planned event;
  event.op = "task";
  event.lane = "p0/t" + std::to_string(lane);
  event.step = number / 100;
  event.inputs = {number};
  event.outputs = {number + 1};
  return event;
}

std::vector<Planned> pool(uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Planned> events;
  for (uint64_t i = 0; i < kTasks; ++i) events.push_back(task(i, random() % 4));
  return events;
}

// Two lanes that do the same, one wholly after the other; `first_lane` goes first.
std::vector<Planned> one_after_the_other(uint64_t first_lane) {
  std::vector<Planned> events;
  for (const uint64_t lane : {first_lane, 1 - first_lane}) {
    for (uint64_t i = 0; i < kTasks; ++i) events.push_back(task(i, lane));
  }
  return events;
}

Comparison compare(const std::vector<Planned>& first, const std::vector<Planned>& second,
                   size_t memory_bytes, const char* spill_directory = ".") {
  TraceFolder folder;
  CompareOptions options;
  options.memory_bytes = memory_bytes;
  options.spill_directory = folder.path() / spill_directory;
  return compare_runs(write_run(folder, "first", first), write_run(folder, "second", second),
                      options);
}

TEST(CompareMoved, APoolIsKnownBeforeItFillsMemory) {
  for (const size_t memory_bytes : {size_t{100'000}, size_t{3} << 20, size_t{64} << 20}) {
    // Spilling would be an error.
    const Comparison result = compare(pool(1), pool(2), memory_bytes, "missing");
    EXPECT_TRUE(result.identical());
    EXPECT_EQ(result.compared, kTasks);
  }
}

TEST(CompareMoved, AnOpThatMovesLaterIsFoundToo) {
  auto first = pool(1), second = pool(2);
  for (std::vector<Planned>* run : {&first, &second}) {
    for (uint64_t i = kTasks / 2; i < kTasks; ++i) (*run)[i].op = "later";
  }
  for (const size_t memory_bytes : {size_t{0}, size_t{100'000}, size_t{64} << 20}) {
    const Comparison result = compare(first, second, memory_bytes);
    EXPECT_TRUE(result.identical()) << memory_bytes;
    EXPECT_EQ(result.compared, kTasks);
  }
}

// Half way through one run's lanes look like work that the other run's lanes have done.
TEST(CompareMoved, LanesThatDoTheSameKeepTheirEvents) {
  const auto first = one_after_the_other(0);
  auto second = one_after_the_other(1);
  second[100].outputs = {7};
  for (const size_t memory_bytes : {size_t{100'000}, size_t{3} << 20, size_t{64} << 20}) {
    const Comparison result = compare(first, second, memory_bytes);
    EXPECT_EQ(result.compared, 2 * kTasks);
    EXPECT_EQ(result.origins, 1u) << memory_bytes;
    ASSERT_EQ(result.groups.size(), 1u);
    EXPECT_EQ(result.groups[0].first.lane, "p0/t1");
    EXPECT_EQ(result.groups[0].first.order, kTasks + 100);
    const Planned& event = second[100];
    EXPECT_EQ(result.groups[0].first.identity,
              instrument::identity_hash(instrument::text_hash(event.lane), event.kind,
                                        instrument::text_hash(event.op), instrument::text_hash(""),
                                        event.step, 0));
  }
}

}  // namespace
}  // namespace detaudit::auditor
