#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>

#include "auditor/compare/comparison.h"
#include "reports/diagnostic.h"
#include "tests/unit/auditor/planned_trace.h"

namespace detaudit::auditor {
namespace {

using testing::HasSubstr;

// Two lanes, which the second run shows the other way round: everything has to wait.
struct Lanes {
  std::vector<Planned> first, second;
};
Lanes two_lanes(uint64_t events) {
  Lanes lanes;
  for (const std::string lane : {"p0/t1", "p0/t2"}) {
    for (uint64_t i = 0; i < events; ++i) {
      Planned event;
      event.lane = lane;
      event.step = i;
      event.inputs = {i};
      event.outputs = {i + 1, i + 2};
      lanes.first.push_back(event);
    }
  }
  lanes.second = lanes.first;
  std::rotate(lanes.second.begin(), lanes.second.begin() + static_cast<long>(events),
              lanes.second.end());
  return lanes;
}

class CompareSpill : public testing::Test {
 protected:
  CompareSpill() {
    Lanes lanes = two_lanes(2000);
    lanes.second[100].outputs[0] = 7;
    lanes.second.erase(lanes.second.begin() + 200);
    first_ = write_run(folder_, "first", lanes.first);
    second_ = write_run(folder_, "second", lanes.second);
    options_.spill_directory = folder_.path() / "spill";
    options_.memory_bytes = 50'000;
    options_.far_lanes = CompareOptions::FarLanes::kSpill;
    std::filesystem::create_directory(options_.spill_directory);
  }
  TraceFolder folder_;
  std::filesystem::path first_, second_;
  CompareOptions options_;
};

TEST_F(CompareSpill, FindsTheSameWithAndWithout) {
  const Comparison spilled = compare_runs(first_, second_, options_);
  options_.memory_bytes = size_t{64} << 20;
  const Comparison kept = compare_runs(first_, second_, options_);
  EXPECT_GT(spilled.spilled_bytes, 0u);
  EXPECT_EQ(kept.spilled_bytes, 0u);
  for (const Comparison* result : {&spilled, &kept}) {
    EXPECT_EQ(result->compared, 3999u);
    EXPECT_EQ(result->agreeing, 3998u);
    EXPECT_EQ(result->origins, 1u);
    EXPECT_EQ(result->only_in_first, 1u);
    EXPECT_EQ(result->reordered, 0u);
    ASSERT_THAT(result->groups, testing::SizeIs(2));
    EXPECT_EQ(result->groups[0].first.step, 100u);
    EXPECT_EQ(result->groups[1].first.step, 200u);
  }
}

// Such an event is written on its own, between blocks.
TEST_F(CompareSpill, EventsLargerThanABlockComeBack) {
  Lanes lanes = two_lanes(300);
  for (size_t i = 0; i < lanes.first.size(); i += 7) {
    lanes.first[i].outputs.resize(200 + i, i);
    lanes.second[(i + 300) % 600].outputs = lanes.first[i].outputs;
  }
  lanes.second[7].outputs.back() = 8;
  options_.memory_bytes = 0;
  const Comparison result = compare_runs(write_run(folder_, "large", lanes.first),
                                         write_run(folder_, "other", lanes.second), options_);
  EXPECT_GT(result.spilled_bytes, 600u * 200 / 7 * 16);
  EXPECT_EQ(result.compared, 600u);
  EXPECT_EQ(result.agreeing, 599u);
}

TEST_F(CompareSpill, LeavesNoFileBehind) {
  compare_runs(first_, second_, options_);
  EXPECT_TRUE(std::filesystem::is_empty(options_.spill_directory));
}

TEST_F(CompareSpill, ADirectoryThatIsNotThereIsNamed) {
  options_.spill_directory = folder_.path() / "missing";
  try {
    compare_runs(first_, second_, options_);
    FAIL() << "no error";
  } catch (const reports::DiagnosticError& error) {
    EXPECT_EQ(error.diagnostic().code, "DET906");
    EXPECT_EQ(error.exit_code(), reports::ExitCode::kUsage);
    EXPECT_THAT(error.diagnostic().message, HasSubstr(options_.spill_directory.string()));
    EXPECT_FALSE(error.diagnostic().helps.empty());
  }
}

TEST_F(CompareSpill, AFileThatCannotGrowIsAnErrorAndGoes) {
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{10'000, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  std::string message;
  try {
    compare_runs(first_, second_, options_);
  } catch (const reports::DiagnosticError& error) {
    message = error.diagnostic().message;
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(message, HasSubstr("cannot write to `" + options_.spill_directory.string()));
  EXPECT_TRUE(std::filesystem::is_empty(options_.spill_directory));
}

TEST_F(CompareSpill, IsNotTouchedWhileBothRunsKeepStep) {
  options_.spill_directory = folder_.path() / "missing";
  EXPECT_TRUE(compare_runs(first_, first_, options_).identical());
}

}  // namespace
}  // namespace detaudit::auditor
