#include "auditor/audit/gpu_search.h"

#include <gtest/gtest.h>

#include "auditor/audit/gpu_coverage.h"

namespace detaudit::auditor {
namespace {

using Kind = PairOutcome::Kind;

OriginGroup event(const std::string& lane, const std::string& op, const std::string& key = "") {
  OriginGroup group;
  group.first.lane = lane;
  group.first.op = op;
  group.first.key = key;
  return group;
}

Comparison parted(std::vector<OriginGroup> groups) {
  Comparison comparison;
  comparison.groups = std::move(groups);
  return comparison;
}

GpuSight closest(LaunchWindow window) {
  GpuSight sight;
  sight.detail = GpuDetail::kCoarse;
  sight.window = window;
  sight.narrow_every = 1;
  return sight;
}

TEST(GpuSearch, KnowsASweepByItsLaneAndKey) {
  EXPECT_EQ(swept_window(event("p0:gpu0", "sweep", "launches 65 to 128")), (LaunchWindow{64, 128}));
  EXPECT_EQ(swept_window(event("p0.1:gpu7", "sweep", "launch 9 (k)")), (LaunchWindow{8, 9}));
  EXPECT_FALSE(swept_window(event("p0:gpu0.default", "sweep", "launches 65 to 128")));
  EXPECT_FALSE(swept_window(event("p0:main", "sweep", "launches 65 to 128")));
  EXPECT_FALSE(swept_window(event("p0:gpu0", "sweep", "launches 9 to 8")));
  EXPECT_FALSE(swept_window(event("p0:gpu0", "sweep", "")));
  EXPECT_TRUE(on_gpu(event("p0:gpu0.s3", "k")));
  EXPECT_FALSE(on_gpu(event("p0:gpus", "k")));
}

TEST(GpuSearch, TheFirstOnTheGpuCounts) {
  const GpuSight sight = closest({64, 96});
  const auto output = event("outputs", "stdout"),
             sweep = event("p0:gpu0", "sweep", "launches 1 to 64");
  const auto kernel = event("p0:gpu0.default", "_Z3addPf");
  EXPECT_EQ(outcome_of(parted({}), sight).kind, Kind::kAgreed);
  EXPECT_EQ(outcome_of(parted({output}), sight).kind, Kind::kAgreed);
  EXPECT_EQ(outcome_of(parted({output, kernel, sweep}), sight).what, "`add`");
  const PairOutcome between = outcome_of(parted({output, sweep, kernel}), sight);
  EXPECT_EQ(between.kind, Kind::kParted);
  EXPECT_EQ(between.window, (LaunchWindow{0, 64}));
}

TEST(GpuSearch, SweepsOfThreadsInAnotherOrderAreNoDivergence) {
  auto sweep = event("p0:gpu0", "sweep", "launches 1 to 64, in order 00000000000000ff");
  EXPECT_EQ(swept_window(sweep), (LaunchWindow{0, 64}));
  // The order was the same: its memory parted.
  EXPECT_FALSE(swept_in_other_order(sweep, parted({sweep})));
  EXPECT_EQ(outcome_of(parted({sweep}), {}).kind, Kind::kParted);
  sweep.shape = DivergenceShape::kOnlyInOneRun;
  EXPECT_TRUE(swept_in_other_order(sweep, parted({sweep})));
  EXPECT_EQ(outcome_of(parted({sweep}), {}).kind, Kind::kAgreed);
  // Of one thread: it did something else.
  auto alone = event("p0:gpu0", "sweep", "launches 1 to 60");
  alone.shape = DivergenceShape::kOnlyInOneRun;
  EXPECT_FALSE(swept_in_other_order(alone, parted({alone})));
  EXPECT_EQ(outcome_of(parted({alone}), {}).kind, Kind::kParted);
  auto worker = event("p0:gpu0", "sweep", "launches 1 to 60, by thread /t0");
  worker.shape = DivergenceShape::kOnlyInOneRun;
  EXPECT_FALSE(swept_in_other_order(worker, parted({worker})));
}

TEST(GpuSearch, AThreadAloneUpToASweepIsNoDivergenceWhereAnotherCameBefore) {
  const auto lone = [](const char* key, bool in_first) {
    OriginGroup sweep = event("p0:gpu0", "sweep", key);
    sweep.shape = DivergenceShape::kOnlyInOneRun;
    sweep.only_in_first = in_first;
    return sweep;
  };
  const auto alone = lone("launches 1 to 64", true);
  for (const char* otherwise : {"launches 1 to 64, in order 00000000000000ff",
                                "launches 1 to 64, by thread /t0"}) {
    const Comparison comparison = parted({alone, lone(otherwise, false)});
    for (const OriginGroup& group : comparison.groups)
      EXPECT_TRUE(swept_in_other_order(group, comparison)) << otherwise;
    EXPECT_EQ(outcome_of(comparison, {}).kind, Kind::kAgreed);
    Observation observation;
    observation.comparisons = {comparison};
    EXPECT_TRUE(any_swept_in_other_order(observation));
  }
  // One thread in both runs: it stopped at another launch.
  const Comparison comparison = parted({alone, lone("launches 1 to 60", false)});
  EXPECT_FALSE(swept_in_other_order(alone, comparison));
  EXPECT_EQ(outcome_of(comparison, {}).kind, Kind::kParted);
}

TEST(GpuSearch, ASweepNamesALaunchOnlyWhereThatWasDigested) {
  const auto inside = event("p0:gpu0", "sweep", "launch 70 (_Z3addPf)");
  EXPECT_EQ(outcome_of(parted({inside}), closest({64, 96})).kind, Kind::kNamed);
  EXPECT_EQ(outcome_of(parted({inside}), closest({0, 32})).kind, Kind::kParted);
  GpuSight wide = closest({64, 96});
  wide.narrow_every = 2;
  EXPECT_EQ(outcome_of(parted({inside}), wide).kind, Kind::kParted);
}

RunFacts told(const std::vector<std::tuple<std::string, std::string, uint64_t>>& totals) {
  RunFacts facts;
  for (const auto& [what, of, count] : totals) {
    instrument::SourceRecord record{};
    record.kind = instrument::SourceKind::kCoverage;
    record.function = what;
    record.site = of;
    record.count = count;
    facts.sources.push_back(record);
  }
  return facts;
}

TEST(GpuCoverage, SaysWhatWasPickedAndWhy) {
  const auto detail = [](const GpuSight& sight, const RunFacts& facts) {
    const auto lines = gpu_coverage(sight, facts).detail;
    return lines.empty() ? std::string() : lines.front();
  };
  EXPECT_EQ(detail({}, {}), "");  // no GPU
  const auto small = told({{"the GPU was observed", "", 1}, {"kernel launches", "", 40}});
  EXPECT_EQ(
      detail({}, small),
      "gpu: fine, chosen by size: 40 launches and what they reach stay within 8192 launches or "
      "256.0 GiB; the buffers of each were digested");
  const auto large = told({{"launches before sweeps took over", "gpu0", 128},
                           {"bytes reached before sweeps took over", "gpu0", uint64_t{300} << 30},
                           {"sweeps over all memory", "", 9},
                           {"launches between two sweeps at most", "", 512}});
  EXPECT_EQ(
      detail({}, large),
      "gpu0: coarse from launch 129 on, chosen by size: 128 launches reached 300.0 GiB, beyond "
      "8192 launches or 256.0 GiB; 9 sweeps over all mapped memory, at most 512 launches apart");
}

TEST(GpuCoverage, SweepsThatComparedNothingAreADoubt) {
  GpuSight coarse;
  coarse.detail = GpuDetail::kCoarse;
  const std::string alone = "launches, copies and fills not digested one by one";
  const std::string raced = "sweeps of work that threads gave in no fixed order";
  EXPECT_TRUE(gpu_coverage(coarse, told({{alone, "", 9}})).unswept);
  EXPECT_FALSE(
      gpu_coverage(coarse, told({{alone, "", 9}, {"sweeps over all memory", "", 1}})).unswept);
  EXPECT_TRUE(gpu_coverage(
                  coarse, told({{alone, "", 9}, {"sweeps over all memory", "", 2}, {raced, "", 2}}))
                  .unswept);
}

TEST(GpuCoverage, ChangesAtOtherLaunchesAreSeen) {
  Observation observation;
  for (const uint64_t launches : {64, 64, 128}) {
    EXPECT_TRUE(changed_over_alike(observation));
    ObservedRun run;
    run.facts = told({{"launches before sweeps took over", "gpu0", launches}});
    observation.runs.push_back(run);
  }
  EXPECT_FALSE(changed_over_alike(observation));
}

}  // namespace
}  // namespace detaudit::auditor
