#include "kernels/pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace detaudit::kernels {
namespace {

TEST(Pool, RunsEveryBlockOnceForAnyThreadCount) {
  for (unsigned threads : {1u, 2u, 3u, 8u}) {
    Pool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (size_t blocks : {0u, 1u, 2u, 7u, 1000u}) {
      std::vector<std::atomic<int>> ran(blocks);
      pool.launch(blocks, [&](size_t block, unsigned worker) {
        EXPECT_LT(worker, threads);
        ran[block].fetch_add(1);
      });
      for (const auto& count : ran) EXPECT_EQ(count.load(), 1);
    }
  }
}

TEST(Pool, PublishesPlainWritesToTheCallerAndToTheNextLaunch) {
  Pool pool(4);
  std::vector<uint64_t> values(64, 0);
  for (int round = 0; round < 2000; ++round) {
    pool.launch(values.size(), [&](size_t block, unsigned) { values[block] += block; });
  }
  for (size_t i = 0; i < values.size(); ++i) EXPECT_EQ(values[i], 2000 * i);
}

TEST(Pool, BlocksRunAtTheSameTimeOnDifferentThreads) {
  Pool pool(3);
  std::atomic<int> arrived{0};
  pool.launch(3, [&](size_t, unsigned) {  // ends only when three threads are inside at once
    arrived.fetch_add(1);
    while (arrived.load() < 3) std::this_thread::yield();
  });
  EXPECT_EQ(arrived.load(), 3);
}

TEST(Pool, LimitKeepsWorkersOutAndLetsThemBackIn) {
  Pool pool(4);
  for (unsigned limit : {4u, 2u, 1u, 3u, 9u, 0u}) {
    pool.limit(limit);
    const unsigned expected = limit == 0 ? 1 : limit > 4 ? 4 : limit;
    EXPECT_EQ(pool.limit(), expected);
    std::atomic<unsigned> highest{0};
    for (int round = 0; round < 200; ++round) {
      pool.launch(16, [&](size_t, unsigned worker) {
        unsigned seen = highest.load();
        while (worker > seen && !highest.compare_exchange_weak(seen, worker)) {
        }
      });
    }
    EXPECT_LT(highest.load(), expected);
  }
}

TEST(Pool, OneWorkerAtATimeHoldsAWorkerNumber) {
  Pool pool(8);
  std::vector<std::atomic<int>> holders(8);
  std::atomic<int> clashes{0};
  for (int round = 0; round < 500; ++round) {
    pool.launch(32, [&](size_t, unsigned worker) {
      if (holders[worker].fetch_add(1) != 0) clashes.fetch_add(1);
      holders[worker].fetch_sub(1);
    });
  }
  EXPECT_EQ(clashes.load(), 0);
}

TEST(Pool, SurvivesBirthAndDeathWithoutALaunch) {
  for (int round = 0; round < 50; ++round) Pool pool(5);
}

TEST(BlockRange, CoversTheRangeOnce) {
  const size_t n = 103, grain = 10;
  ASSERT_EQ(block_count(n, grain), 11u);
  size_t next = 0;
  for (size_t block = 0; block < block_count(n, grain); ++block) {
    const Range range = block_range(block, n, grain);
    EXPECT_EQ(range.begin, next);
    next = range.end;
  }
  EXPECT_EQ(next, n);
  EXPECT_EQ(block_count(0, grain), 0u);
}

}  // namespace
}  // namespace detaudit::kernels
