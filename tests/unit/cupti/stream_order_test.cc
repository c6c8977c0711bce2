#include "instrument/cupti/stream_order.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <random>
#include <set>
#include <vector>

namespace detaudit::instrument::cupti {
namespace {

using Kind = StreamOrder::Kind;

TEST(StreamOrder, EventsOrderStreams) {
  StreamOrder order(std::pmr::new_delete_resource());
  const StreamId a = order.add(Kind::kNonBlocking, 1), b = order.add(Kind::kNonBlocking, 1);
  const StreamPoint work = order.submit(a);
  EXPECT_FALSE(order.ordered_before_next(work, b));
  order.record(7, a);
  const StreamPoint later = order.submit(a);
  order.wait(b, 7);
  EXPECT_TRUE(order.ordered_before_next(work, b));
  EXPECT_FALSE(order.ordered_before_next(later, b));
}

TEST(StreamOrder, DefaultStreamWaitsForBlockingOnesOnly) {
  StreamOrder order(std::pmr::new_delete_resource());
  const StreamId legacy = order.add(Kind::kLegacyDefault, 1);
  const StreamId blocking = order.add(Kind::kBlocking, 1);
  const StreamId free = order.add(Kind::kNonBlocking, 1);
  const StreamId foreign = order.add(Kind::kBlocking, 2);
  const StreamPoint b = order.submit(blocking), f = order.submit(free), x = order.submit(foreign);
  EXPECT_TRUE(order.ordered_before_next(b, legacy));
  EXPECT_FALSE(order.ordered_before_next(f, legacy));
  EXPECT_FALSE(order.ordered_before_next(x, legacy));
  const StreamPoint d = order.submit(legacy);
  EXPECT_TRUE(order.ordered_before_next(d, blocking));
  EXPECT_FALSE(order.ordered_before_next(d, free));
}

TEST(StreamOrder, TheHostsWaitOrdersAllThatComesLater) {
  StreamOrder order(std::pmr::new_delete_resource());
  const StreamId a = order.add(Kind::kNonBlocking, 1), b = order.add(Kind::kNonBlocking, 1);
  const StreamPoint first = order.submit(a);
  order.host_waited_for(a);
  const StreamPoint second = order.submit(a);
  EXPECT_TRUE(order.ordered_before_next(first, b));
  EXPECT_FALSE(order.ordered_before_next(second, b));
  const StreamId fresh = order.add(Kind::kNonBlocking, 1);
  EXPECT_TRUE(order.ordered_before_next(first, fresh));
}

TEST(StreamOrder, LevelStreamsWaitForOneAnother) {
  StreamOrder order(std::pmr::new_delete_resource());
  const StreamId a = order.add(Kind::kNonBlocking, 1), b = order.add(Kind::kNonBlocking, 1);
  const StreamId gone = order.add(Kind::kNonBlocking, 1), far = order.add(Kind::kNonBlocking, 2);
  const StreamPoint work = order.submit(a), unseen = order.submit(gone);
  const StreamId apart = order.add(Kind::kNonBlocking, 1);
  const StreamPoint early = order.submit(apart);
  order.remove(gone);
  order.level(std::vector{a, b}, std::vector{apart});
  EXPECT_TRUE(order.ordered_before_next(work, b));
  EXPECT_TRUE(order.ordered_before_next(early, b));
  EXPECT_FALSE(order.ordered_before_next(work, apart));  // it was not told to wait
  EXPECT_FALSE(order.ordered_before_next(work, far));
  EXPECT_FALSE(order.ordered_before_next(unseen, b));  // nobody can wait for a stream that is gone
  EXPECT_FALSE(order.ordered_before_next(order.submit(a), b));
}

TEST(StreamOrder, ThousandsOfStreamsOneAfterTheOtherAreFew) {
  StreamOrder order(std::pmr::new_delete_resource());
  const StreamId watcher = order.add(Kind::kNonBlocking, 1);
  StreamPoint before{};
  for (int i = 0; i < 100'000; ++i) {
    const StreamId stream = order.add(Kind::kNonBlocking, 1);
    EXPECT_TRUE(order.ordered_before_next(before, stream));
    const StreamPoint work = order.submit(stream);
    ASSERT_FALSE(order.ordered_before_next(work, watcher));
    order.remove(stream);
    ASSERT_FALSE(order.ordered_before_next(work, watcher));  // it may run yet
    // Its number is not given out before that is over.
    const StreamId other = order.add(Kind::kNonBlocking, 1);
    ASSERT_NE(other, stream);
    ASSERT_FALSE(order.ordered_before_next(work, other));
    order.remove(other);
    order.host_waited_for_context(1);
    before = work;
  }
  EXPECT_LT(order.size(), 10u);
}

// Against the graph of all work, its edges drawn one by one from the rules and followed by search.
TEST(StreamOrder, AgreesWithReachability) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 engine(seed);
    StreamOrder order(std::pmr::new_delete_resource());
    struct Work {
      StreamId stream;
      uint64_t count;
      std::vector<size_t> after;
    };
    std::vector<Work> all;
    std::vector<std::vector<size_t>> of(4);
    const Kind kinds[] = {Kind::kLegacyDefault, Kind::kBlocking, Kind::kNonBlocking,
                          engine() % 2 ? Kind::kBlocking : Kind::kNonBlocking};
    for (Kind kind : kinds) order.add(kind, 1);
    std::map<uint64_t, size_t> recorded;
    std::set<size_t> done;  // what the host knows to be over
    std::function<void(size_t, std::set<size_t>&)> closure = [&](size_t work, std::set<size_t>& in) {
      if (!in.insert(work).second) return;
      for (size_t earlier : all[work].after) closure(earlier, in);
    };
    auto implied = [&](StreamId stream, StreamId other) {
      return (kinds[stream] == Kind::kLegacyDefault && kinds[other] == Kind::kBlocking) ||
             (kinds[stream] == Kind::kBlocking && kinds[other] == Kind::kLegacyDefault);
    };
    auto next = [&](StreamId stream) {
      Work work{stream, of[stream].size() + 1, {done.begin(), done.end()}};
      if (!of[stream].empty()) work.after.push_back(of[stream].back());
      for (StreamId other = 0; other < 4; ++other)
        if (other != stream && implied(stream, other) && !of[other].empty())
          work.after.push_back(of[other].back());
      return work;
    };
    auto append = [&](StreamId stream, std::vector<size_t> also = {}) {
      Work work = next(stream);
      work.after.insert(work.after.end(), also.begin(), also.end());
      all.push_back(work);
      of[stream].push_back(all.size() - 1);
    };
    for (int action = 0; action < 40; ++action) {
      const StreamId stream = engine() % 4;
      const uint64_t event = engine() % 3;
      switch (engine() % 6) {
        case 0:
        case 1:
        case 2:
          order.submit(stream);
          append(stream);
          break;
        case 3:
          order.record(event, stream);
          append(stream);
          recorded[event] = all.size() - 1;
          break;
        case 4: {
          order.wait(stream, event);
          auto found = recorded.find(event);
          append(stream, found == recorded.end() ? std::vector<size_t>{}
                                                 : std::vector<size_t>{found->second});
          break;
        }
        default:
          if (engine() % 3) break;
          order.host_waited_for(stream);
          if (!of[stream].empty()) closure(of[stream].back(), done);
      }
      for (StreamId target = 0; target < 4; ++target) {
        std::set<size_t> before;
        for (size_t earlier : next(target).after) closure(earlier, before);
        for (size_t work = 0; work < all.size(); ++work)
          ASSERT_EQ(order.ordered_before_next({all[work].stream, all[work].count}, target),
                    before.contains(work))
              << "seed " << seed << " action " << action << " work " << work << " of stream "
              << all[work].stream << " before the next of " << target;
      }
    }
  }
}

}  // namespace
}  // namespace detaudit::instrument::cupti
