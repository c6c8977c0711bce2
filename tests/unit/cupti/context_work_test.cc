#include "instrument/cupti/context_work.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace detaudit::instrument::cupti {
namespace {

using testing::ElementsAre;

// The windows of all sweeps of `launches` launches, as (first, last).
std::vector<std::pair<uint64_t, uint64_t>> windows(const GpuSettings& settings, int launches,
                                                   uint64_t mapped_bytes = 0) {
  ContextWork work(settings, std::pmr::new_delete_resource());
  std::vector<std::pair<uint64_t, uint64_t>> seen;
  for (int i = 0; i < launches; ++i) {
    work.add_launch();
    work.changes_over();
    if (!work.sweep_due()) continue;
    const auto window = work.swept(mapped_bytes);
    seen.emplace_back(window.first, window.last);
  }
  return seen;
}

TEST(ContextWork, SweepsEverySoManyLaunches) {
  GpuSettings settings;
  settings.sweep_every = 10;
  EXPECT_THAT(windows(settings, 25), ElementsAre(std::pair(1, 10), std::pair(11, 20)));
}

TEST(ContextWork, NoneByDefault) { EXPECT_TRUE(windows({}, 1000).empty()); }

TEST(ContextWork, MoreMemoryMakesThemRarerByPowersOfTwo) {
  GpuSettings settings;
  settings.sweep_every = 16;
  settings.sweep_bytes = 1000;
  // The first comes before any memory was looked at; then one for every 33 launches, rounded up.
  EXPECT_THAT(windows(settings, 200, 33'000), ElementsAre(std::pair(1, 16), std::pair(17, 64),
                                                          std::pair(65, 128), std::pair(129, 192)));
  // A little more memory in another run: the windows are the same.
  EXPECT_EQ(windows(settings, 200, 33'000), windows(settings, 200, 60'000));
}

TEST(ContextWork, NarrowerWithinAWindow) {
  GpuSettings settings;
  settings.sweep_every = 20;
  settings.narrow_from = 25;
  settings.narrow_to = 34;
  settings.narrow_every = 4;
  EXPECT_THAT(windows(settings, 40),
              ElementsAre(std::pair(1, 20), std::pair(21, 25), std::pair(26, 29), std::pair(30, 33),
                          std::pair(34, 34), std::pair(35, 40)));
}

TEST(ContextWork, ABudgetOfLaunchesEndsAtAPowerOfTwo) {
  GpuSettings settings;
  settings.sweep_every = 50;
  settings.fine_launches = 100;
  ContextWork work(settings, std::pmr::new_delete_resource());
  for (int i = 0; i < 127; ++i) {
    EXPECT_TRUE(work.fine());
    work.add_launch();
    EXPECT_FALSE(work.changes_over());
    EXPECT_FALSE(work.sweep_due());
  }
  work.add_launch();
  EXPECT_TRUE(work.changes_over());
  EXPECT_FALSE(work.changes_over());
  EXPECT_FALSE(work.fine());
  EXPECT_TRUE(work.sweep_due());
}

TEST(ContextWork, ABudgetOfBytesEndsLikewise) {
  GpuSettings settings;
  settings.sweep_every = 50;
  settings.fine_bytes = 1000;
  settings.fine_launches = 4096;
  ContextWork work(settings, std::pmr::new_delete_resource());
  for (int i = 0; i < 64; ++i) work.add_launch();
  work.add_reached(1000);
  EXPECT_FALSE(work.changes_over());
  work.add_reached(1);
  EXPECT_FALSE(work.changes_over());  // was asked just now
  for (int i = 0; i < 64; ++i) work.add_launch();
  EXPECT_TRUE(work.changes_over());
}

TEST(ContextWork, TwoCallsAtOnceAreARace) {
  ContextWork work({}, std::pmr::new_delete_resource());
  for (int i = 0; i < 2; ++i) {
    work.begin_call();
    work.end_call();
  }
  EXPECT_FALSE(work.raced());
  work.begin_call();
  work.begin_call();
  work.end_call();
  work.end_call();
  EXPECT_TRUE(work.raced());
}

TEST(ContextWork, TheOrderOfSeveralThreadsIsTold) {
  GpuSettings settings;
  settings.sweep_every = 10;
  const auto order = [&](std::initializer_list<const char*> threads) {
    ContextWork work(settings, std::pmr::new_delete_resource());
    for (const char* thread : threads) work.note(thread, "kernel", 0);
    return work.order();
  };
  EXPECT_EQ(order({"", "", ""}), 0u);
  EXPECT_EQ(order({"/t0", "/t0"}), 0u);
  EXPECT_NE(order({"", "/t0", ""}), 0u);
  EXPECT_EQ(order({"", "/t0", ""}), order({"", "/t0", ""}));
  EXPECT_NE(order({"", "/t0", ""}), order({"", "", "/t0"}));
  EXPECT_NE(order({"/t0", "/t1"}), order({"/t1", "/t0"}));  // not who came first: who it was
}

}  // namespace
}  // namespace detaudit::instrument::cupti
