#include "auditor/experiments/bisection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace detaudit::auditor {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using End = Bisection::End;
using Kind = PairOutcome::Kind;

GpuSight sweeps_every(uint64_t launches) {
  GpuSight sight;
  sight.detail = GpuDetail::kCoarse;
  sight.sweep_every = launches;
  return sight;
}

// What a pair of runs shows that first differs behind launch `culprit` (from 0), as the probe's
// sweeps under this sight would have it.
PairOutcome seen_under(const GpuSight& sight, uint64_t culprit) {
  uint64_t from = culprit / sight.sweep_every * sight.sweep_every;
  uint64_t to = from + sight.sweep_every;
  const LaunchWindow& window = *sight.window;
  if (culprit >= window.from && culprit < window.to) {
    if (sight.narrow_every == 1) return {Kind::kNamed, {}, "`culprit`"};
    from = window.from + (culprit - window.from) / sight.narrow_every * sight.narrow_every;
    to = std::min(from + sight.narrow_every, window.to);
  } else {
    if (window.from > from && window.from <= culprit) from = window.to;
    if (culprit < window.from) to = std::min(to, window.from);
    if (culprit >= window.to) from = std::max(from, window.to);
  }
  return {Kind::kParted, {from, to}, ""};
}

TEST(Bisection, NamesTheLaunchOfASteadyCulprit) {
  for (uint64_t culprit = 0; culprit < 5000; culprit += 7) {
    const uint64_t from = culprit / 1000 * 1000;
    const Bisection found = bisect(sweeps_every(1000), {from, from + 1000}, [&](const auto& sight) {
      EXPECT_EQ(sight.sweep_every, 1000u);
      return seen_under(sight, culprit);
    });
    ASSERT_EQ(found.end, End::kNamed);
    EXPECT_EQ(found.pairs, 3u);  // 1000, 63, 4
    EXPECT_LE(found.sight.window->size(), kFineWindow);
    EXPECT_LE(found.sight.window->from, culprit);
    EXPECT_GT(found.sight.window->to, culprit);
    EXPECT_EQ(found.sight.narrow_every, 1u);
    EXPECT_EQ(found.rounds.size(), 3u);
  }
}

TEST(Bisection, AFewLaunchesAreDigestedAtOnce) {
  const Bisection found =
      bisect(sweeps_every(32), {64, 96}, [&](const auto& sight) { return seen_under(sight, 70); });
  EXPECT_EQ(found.pairs, 1u);
  EXPECT_THAT(found.rounds, ElementsAre("gpu: each launch digested in launches 65 to 96: parted at "
                                        "`culprit`"));
}

TEST(Bisection, TheWidestSpacingEndsWithinItsBudget) {
  const uint64_t every = uint64_t{1} << 30;
  const Bisection found = bisect(sweeps_every(every), {0, every},
                                 [&](const auto& sight) { return seen_under(sight, every - 1); });
  EXPECT_EQ(found.end, End::kNamed);
  EXPECT_LE(found.pairs, kMostPairs);
}

// Each outcome once; the last for ever.
std::function<PairOutcome(const GpuSight&)> script(std::deque<PairOutcome> outcomes) {
  return [outcomes](const GpuSight&) mutable {
    const PairOutcome next = outcomes.front();
    if (outcomes.size() > 1) outcomes.pop_front();
    return next;
  };
}

TEST(Bisection, PairsThatAgreeAreTriedAgainAndThenGivenUp) {
  const PairOutcome agreed{};
  const Bisection later = bisect(sweeps_every(32), {0, 32},
                                 script({agreed, agreed, agreed, {Kind::kNamed, {}, "`k`"}}));
  EXPECT_EQ(later.end, End::kNamed);
  EXPECT_EQ(later.pairs, 4u);
  EXPECT_THAT(later.rounds, Each(HasSubstr("after 3 pairs that agreed")));
  const Bisection never = bisect(sweeps_every(32), {0, 32}, script({agreed}));
  EXPECT_EQ(never.end, End::kAgreed);
  EXPECT_EQ(never.pairs, kTries);
  EXPECT_THAT(never.windows, ElementsAre(LaunchWindow{0, 32}));
}

TEST(Bisection, GoesOnWhereANewPairParts) {
  std::vector<LaunchWindow> looked_at;
  const Bisection found = bisect(sweeps_every(64), {0, 64}, [&](const GpuSight& sight) {
    looked_at.push_back(*sight.window);
    return seen_under(sight, 200);
  });
  EXPECT_EQ(found.end, End::kNamed);
  EXPECT_THAT(looked_at,
              ElementsAre(LaunchWindow{0, 64}, LaunchWindow{192, 256}, LaunchWindow{200, 204}));
  EXPECT_EQ(found.windows, looked_at);
  EXPECT_EQ(windows_name(found.windows), "launches 1 to 64, 193 to 256, 201 to 204");
}

TEST(Bisection, EverOtherWindowsAreGivenUp) {
  uint64_t turn = 0;
  const Bisection found = bisect(sweeps_every(64), {0, 64}, [&](const GpuSight& sight) {
    return seen_under(sight, ++turn * 64 + 5);
  });
  EXPECT_EQ(found.end, End::kWandered);
  EXPECT_EQ(found.pairs, kMostHops + 1);
  EXPECT_EQ(found.windows.size(), kMostHops + 2);
}

TEST(Bisection, BetweenTwoWindowsForEverEnds) {
  uint64_t turn = 0;
  const Bisection found = bisect(sweeps_every(64), {0, 64}, [&](const GpuSight& sight) {
    return seen_under(sight, turn++ % 2 ? 5 : 69);
  });
  EXPECT_EQ(found.end, End::kWandered);
}

TEST(Bisection, NoPairMeansNoName) {
  const Bisection found =
      bisect(sweeps_every(64), {0, 64}, script({{Kind::kSpent, {}, "a run of it crashed"}}));
  EXPECT_EQ(found.end, End::kSpent);
  EXPECT_EQ(found.pairs, 0u);
  EXPECT_THAT(found.rounds, Each(HasSubstr("a run of it crashed")));
}

// A sweep that was put off leaves the window as wide as it was: no round may repeat for ever.
TEST(Bisection, AWindowThatDoesNotNarrowEnds) {
  const Bisection found = bisect(sweeps_every(64), {0, 64}, script({{Kind::kParted, {0, 64}, ""}}));
  EXPECT_NE(found.end, End::kNamed);
  EXPECT_LE(found.pairs, kMostPairs);
}

TEST(GpuSight, TellsTheProbe) {
  instrument::Control control;
  GpuSight sight;
  sight.detail = GpuDetail::kFine;
  sight.apply(control);
  EXPECT_EQ(instrument::encode(control), instrument::encode({}));
  sight = sweeps_every(64);
  sight.apply(control);
  EXPECT_EQ(control.gpu_fine_to, 0u);
  EXPECT_EQ(control.gpu_sweep_every, 64u);
  EXPECT_EQ(control.gpu_sweep_bytes, 0u);
  sight.window = {64, 96};
  sight.narrow_every = 1;
  sight.apply(control);
  EXPECT_EQ(control.gpu_fine_from, 64u);
  EXPECT_EQ(control.gpu_fine_to, 96u);
  EXPECT_EQ(control.gpu_narrow_to, 96u);
  control = {};
  GpuSight().apply(control);
  EXPECT_EQ(control.gpu_fine_launches, GpuSight::kFineLaunches);
  EXPECT_EQ(control.gpu_fine_to, UINT64_MAX);
  EXPECT_EQ(control.gpu_sweep_bytes, GpuSight::kSweepBytes);
}

}  // namespace
}  // namespace detaudit::auditor
