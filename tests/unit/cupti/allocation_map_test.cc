#include "instrument/cupti/allocation_map.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace detaudit::instrument::cupti {
namespace {

TEST(AllocationMap, ExtentEndsAtTheNextStart) {
  AllocationMap map(std::pmr::new_delete_resource());
  ASSERT_TRUE(map.add({1000, 2000}, MemoryKind::kDevice, 1));
  EXPECT_EQ(map.extent(1200, 0), (Range{1200, 2000}));
  EXPECT_TRUE(map.note_start(1500));
  EXPECT_FALSE(map.note_start(1500));
  EXPECT_EQ(map.extent(1200, 0), (Range{1200, 1500}));
  EXPECT_EQ(map.extent(1500, 100), (Range{1500, 1600}));
  EXPECT_EQ(map.extent(2000, 0), (Range{}));
}

TEST(AllocationMap, RefusesEmptyAndWrappingRanges) {
  AllocationMap map(std::pmr::new_delete_resource());
  EXPECT_FALSE(map.add({5, 5}, MemoryKind::kDevice, 1));
  EXPECT_FALSE(map.add({UINT64_MAX - 1, 3}, MemoryKind::kDevice, 1));
  EXPECT_EQ(map.find(0), nullptr);
}

TEST(AllocationMap, AnAddressGivenOutAgainIsAnotherAllocation) {
  AllocationMap map(std::pmr::new_delete_resource());
  map.add({100, 200}, MemoryKind::kDevice, 1);
  map.note_start(150);
  map.add({180, 300}, MemoryKind::kManaged, 1);
  EXPECT_EQ(map.find(120), nullptr);
  EXPECT_EQ(map.find(190)->ordinal, 1u);
  EXPECT_EQ(map.mapped_bytes(), 120u);
  map.add({100, 180}, MemoryKind::kDevice, 1);
  EXPECT_EQ(map.extent(100, 0), (Range{100, 180}));  // the start at 150 went with its allocation
}

// Against bytes that each know who owns them.
TEST(AllocationMap, AgreesWithANaiveModel) {
  constexpr int kBytes = 256;
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 engine(seed);
    AllocationMap map(std::pmr::new_delete_resource());
    std::vector<int> owner(kBytes, -1);
    std::vector<bool> start(kBytes, false);
    std::vector<Range> ranges;
    std::vector<uint64_t> contexts;
    auto forget = [&](int id) {
      for (int at = 0; at < kBytes; ++at)
        if (owner[at] == id) owner[at] = -1, start[at] = false;
    };
    for (int action = 0; action < 300; ++action) {
      const uint64_t begin = engine() % kBytes;
      const uint64_t end = std::min<uint64_t>(kBytes, begin + 1 + engine() % 24);
      switch (engine() % 5) {
        case 0:
        case 1: {
          for (uint64_t at = begin; at < end; ++at)
            if (owner[at] >= 0) forget(owner[at]);
          const uint64_t context = engine() % 2;
          ASSERT_TRUE(map.add({begin, end}, MemoryKind::kDevice, context));
          for (uint64_t at = begin; at < end; ++at) owner[at] = static_cast<int>(ranges.size());
          ranges.push_back({begin, end});
          contexts.push_back(context);
          break;
        }
        case 2:
          ASSERT_EQ(map.note_start(begin), owner[begin] >= 0 && !start[begin]);
          if (owner[begin] >= 0) start[begin] = true;
          break;
        case 3: {
          size_t within = 0;
          map.each_within({begin, end}, [&](const Allocation& each) {
            ++within;
            ASSERT_TRUE(each.range.begin >= begin && each.range.end <= end);
          });
          ASSERT_EQ(map.remove_within({begin, end}), within);
          for (uint64_t at = begin; at < end; ++at)
            if (owner[at] >= 0 && ranges[owner[at]].begin >= begin && ranges[owner[at]].end <= end)
              forget(owner[at]);
          break;
        }
        default:
          if (engine() % 20 == 0) {
            for (const Range& range : map.of_context(1, std::pmr::new_delete_resource()))
              map.remove_within(range);
            for (size_t id = 0; id < ranges.size(); ++id)
              if (contexts[id] == 1) forget(static_cast<int>(id));
          }
      }
      uint64_t mapped = 0;
      for (int at = 0; at < kBytes; ++at) {
        mapped += owner[at] >= 0;
        const Allocation* found = map.find(at);
        ASSERT_EQ(found != nullptr, owner[at] >= 0) << "seed " << seed << " byte " << at;
        if (!found) continue;
        ASSERT_EQ(found->range, ranges[owner[at]]);
        uint64_t until = at + 1;
        while (until < kBytes && owner[until] == owner[at] && !start[until]) ++until;
        ASSERT_EQ(map.extent(at, 0), (Range{static_cast<uint64_t>(at), until}));
        ASSERT_TRUE(map.holds({static_cast<uint64_t>(at), found->range.end}));
        ASSERT_FALSE(map.holds({static_cast<uint64_t>(at), found->range.end + 1}));
      }
      ASSERT_EQ(map.mapped_bytes(), mapped);
    }
  }
}

}  // namespace
}  // namespace detaudit::instrument::cupti
