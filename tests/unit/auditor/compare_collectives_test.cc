#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auditor/compare/comparison.h"
#include "tests/unit/auditor/planned_trace.h"

// A collective is an origin only where all of its ranks gave it the same.
namespace detaudit::auditor {
namespace {

using instrument::EventKind;
using testing::SizeIs;

Planned reduce(uint64_t in, uint64_t out) {
  Planned planned;
  planned.kind = EventKind::kCollective;
  planned.op = "reduce";
  planned.key = "4 from rank 0, number 0";
  planned.inputs = {in};
  planned.outputs = {out};
  return planned;
}

// Each inner list is a rank: a process with a lane of its own.
using Ranks = std::vector<std::vector<Planned>>;

void write_ranks(const std::filesystem::path& run, const Ranks& ranks) {
  for (size_t i = 0; i < ranks.size(); ++i) {
    const std::string name = "p0.r" + std::to_string(i);
    std::vector<Planned> events = ranks[i];
    for (Planned& event : events) event.lane = name;
    write_process(run, name, events);
  }
}

Comparison compare(const Ranks& first, const Ranks& second) {
  TraceFolder folder;
  write_ranks(folder.path() / "first", first);
  write_ranks(folder.path() / "second", second);
  return compare_runs(folder.path() / "first", folder.path() / "second", {});
}

TEST(CompareCollectives, EqualInputsOnAllRanksMakeAnOrigin) {
  const Comparison result = compare({{reduce(1, 9)}, {reduce(2, 9)}, {reduce(3, 9)}},
                                    {{reduce(1, 8)}, {reduce(2, 8)}, {reduce(3, 8)}});
  EXPECT_EQ(result.origins, 3u);
  ASSERT_THAT(result.groups, SizeIs(1));
  EXPECT_EQ(result.groups[0].first.kind, EventKind::kCollective);
  EXPECT_EQ(result.groups[0].shape, DivergenceShape::kOutputsDiffer);
}

// Whether the rank at fault is read before or after the others.
TEST(CompareCollectives, AnotherRanksInputExplainsIt) {
  for (size_t at_fault : {0u, 1u, 2u}) {
    Ranks first = {{reduce(1, 9)}, {reduce(2, 9)}, {reduce(3, 9)}};
    Ranks second = {{reduce(1, 8)}, {reduce(2, 8)}, {reduce(3, 8)}};
    second[at_fault][0].inputs = {77};
    const Comparison result = compare(first, second);
    EXPECT_EQ(result.origins, 0u);
    EXPECT_EQ(result.propagated, 3u);
    ASSERT_THAT(result.groups, SizeIs(1));
    EXPECT_EQ(result.groups[0].shape, DivergenceShape::kEnteredUnseen);
    EXPECT_EQ(result.groups[0].first.lane, "p0.r" + std::to_string(at_fault));
  }
}

TEST(CompareCollectives, OnlyThatOne) {
  const Comparison result = compare({{reduce(1, 9), reduce(4, 5)}, {reduce(2, 9), reduce(4, 5)}},
                                    {{reduce(1, 8), reduce(4, 5)}, {reduce(2, 8), reduce(6, 7)}});
  EXPECT_EQ(result.origins, 2u);     // of the first
  EXPECT_EQ(result.propagated, 1u);  // rank 1's second
  EXPECT_EQ(result.agreeing, 1u);
}

TEST(CompareCollectives, ARankThatWasNotThereExplainsIt) {
  const Comparison result = compare({{reduce(1, 9)}, {reduce(2, 9)}}, {{reduce(1, 8)}, {}});
  EXPECT_EQ(result.origins, 0u);
  EXPECT_EQ(result.propagated, 1u);
  EXPECT_EQ(result.only_in_first, 1u);
}

}  // namespace
}  // namespace detaudit::auditor
