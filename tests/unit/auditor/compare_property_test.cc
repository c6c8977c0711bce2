#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "auditor/compare/comparison.h"
#include "tests/unit/auditor/naive_comparison.h"
#include "tests/unit/auditor/planned_trace.h"

// Random programs, random edits, random interleavings: the streaming comparison against the naive
// one, with memory enough and with so little that everything spills.
namespace detaudit::auditor {
namespace {

using instrument::EventKind;

class RandomProgram {
 public:
  explicit RandomProgram(uint64_t seed, uint64_t size = 40) : random_(seed), size_(size) {
    const size_t processes = 1 + below(2);
    edits_ = below(4) == 0 ? 0 : below(12 * size / 40);
    for (size_t process = 0; process < processes; ++process) {
      const std::string name = process == 0 ? "p0" : "p0." + std::to_string(process);
      std::vector<std::vector<Planned>> lanes(1 + below(3));
      for (size_t lane = 0; lane < lanes.size(); ++lane) {
        lanes[lane] = lane_events(name + "/t" + std::to_string(lane));
      }
      if (below(2) == 0) share_out_pool(lanes);
      auto edited = lanes;
      if (below(2) == 0) share_out_again(edited);
      for (uint64_t i = 0; i < edits_; ++i) edit(edited[below(edited.size())]);
      first_.push_back({name, interleave(lanes)});
      second_.push_back({name, interleave(edited)});
    }
  }
  const PlannedRun& first() const { return first_; }
  const PlannedRun& second() const { return second_; }
  uint64_t edits() const { return edits_; }

 private:
  uint64_t below(uint64_t bound) { return random_() % bound; }

  std::vector<Planned> lane_events(const std::string& lane) {
    std::vector<Planned> events;
    const uint64_t count = below(size_);
    const uint64_t epoch = 3 + below(20);  // steps begin again
    for (uint64_t i = 0; i < count; ++i) events.push_back(random_event(lane, i / 2 % epoch));
    return events;
  }

  // One op that a pool of the lanes' threads runs, a third of it without keys.
  void share_out_pool(std::vector<std::vector<Planned>>& lanes) {
    for (uint64_t i = below(size_ + size_ / 2); i > 0; --i) {
      std::vector<Planned>& lane = lanes[below(lanes.size())];
      const uint64_t step = lane.empty() ? 0 : lane.back().step;
      Planned event;
      event.op = "pool";
      event.lane = lane.empty() ? "" : lane.back().lane;
      if (event.lane.empty()) continue;
      event.step = step;
      if (below(3) != 0) event.key = "task" + std::to_string(next_key_++);
      if (below(2) == 0) event.inputs.push_back(next_key_++);
      event.outputs.push_back(next_key_++);
      lane.insert(lane.end() - static_cast<long>(below(std::min<size_t>(lane.size(), 4))), event);
    }
  }

  // Hands the pool's events to other lanes.
  void share_out_again(std::vector<std::vector<Planned>>& lanes) {
    for (size_t from = 0; from < lanes.size(); ++from) {
      for (size_t at = 0; at < lanes[from].size();) {
        Planned event = lanes[from][at];
        std::vector<Planned>& to = lanes[below(lanes.size())];
        if (event.op != "pool" || below(2) == 0 || to.empty() || &to == &lanes[from]) {
          ++at;
          continue;
        }
        lanes[from].erase(lanes[from].begin() + static_cast<long>(at));
        event.lane = to.back().lane;
        to.insert(to.begin() + static_cast<long>(below(to.size())), event);
      }
    }
  }

  Planned random_event(const std::string& lane, uint64_t step) {
    Planned event;
    const uint64_t kind = below(12);
    event.kind = kind < 5 ? EventKind::kOperation : static_cast<EventKind>(1 + kind % 5);
    event.op = std::string("op") + static_cast<char>('a' + below(4));
    event.key = "k" + std::to_string(next_key_++);
    event.lane = lane;
    event.step = step;
    if (event.kind == EventKind::kOperation) {
      for (uint64_t i = below(4); i > 0; --i) event.inputs.push_back(below(1000));
    }
    event.outputs.push_back(below(1000));
    if (event.kind == EventKind::kBatch) event.outputs.push_back(below(10));
    if (event.kind == EventKind::kOperation && below(3) == 0) event.outputs.push_back(below(1000));
    return event;
  }

  void edit(std::vector<Planned>& lane) {
    if (lane.empty()) return;
    const size_t at = below(lane.size());
    const auto place = lane.begin() + static_cast<long>(at);
    switch (below(6)) {
      case 0:
        lane[at].outputs[below(lane[at].outputs.size())] += 5000;
        break;
      case 1:
        if (!lane[at].inputs.empty()) lane[at].inputs[0] += 5000;
        break;
      case 2:
        if (!lane[at].inputs.empty()) lane[at].inputs[0] += 5000;
        lane[at].outputs[0] += 5000;
        break;
      case 3:
        lane.erase(place);
        break;
      case 4:
        lane.insert(place, random_event(lane[at].lane, lane[at].step));
        break;
      default: {  // moves one event later
        const size_t other = below(lane.size());
        const auto early = lane.begin() + static_cast<long>(std::min(at, other));
        std::rotate(early, early + 1, lane.begin() + static_cast<long>(std::max(at, other)) + 1);
      }
    }
  }

  std::vector<Planned> interleave(const std::vector<std::vector<Planned>>& lanes) {
    std::vector<Planned> events;
    std::vector<size_t> done(lanes.size());
    const uint64_t burst = 1 + below(size_ * 3 / 4);
    size_t left = 0;
    for (const auto& lane : lanes) left += lane.size();
    while (left > 0) {
      const size_t lane = below(lanes.size());
      for (uint64_t i = below(burst) + 1; i > 0 && done[lane] < lanes[lane].size(); --i, --left) {
        events.push_back(lanes[lane][done[lane]++]);
      }
    }
    return events;
  }

  std::mt19937_64 random_;
  uint64_t size_, next_key_ = 0, edits_ = 0;
  PlannedRun first_, second_;
};

std::filesystem::path write(const TraceFolder& folder, const std::string& name,
                            const PlannedRun& run) {
  for (const PlannedProcess& process : run) {
    write_process(folder.path() / name, process.name, process.events);
  }
  return folder.path() / name;
}

void expect_same(const Comparison& result, const NaiveComparison& naive) {
  EXPECT_EQ(result.compared, naive.compared);
  EXPECT_EQ(result.agreeing, naive.agreeing);
  EXPECT_EQ(result.origins, naive.origins);
  EXPECT_EQ(result.propagated, naive.propagated);
  EXPECT_EQ(result.inputs_differed, naive.inputs_differed);
  EXPECT_EQ(result.only_in_first, naive.only_in_first);
  EXPECT_EQ(result.only_in_second, naive.only_in_second);
  std::map<NaiveComparison::GroupKey, NaiveComparison::Group> groups;
  for (const OriginGroup& group : result.groups) {
    groups[{group.shape, group.only_in_first, group.first.kind, group.first.op}] = {
        group.occurrences, group.first.step, group.first.order, group.outputs,
        group.batch_same_samples};
    EXPECT_EQ(group.identities.size(), std::min<uint64_t>(8, group.occurrences));
  }
  EXPECT_EQ(groups, naive.groups);
  std::map<uint64_t, uint64_t> origins;
  for (const StepBin& bin : result.timeline) {
    if (bin.origins > 0) origins[bin.first_step] = bin.origins;
  }
  EXPECT_EQ(origins, naive.origins_by_step);  // fewer than 256 steps: a bin each
}

auto fields(const OriginGroup& group) {
  const EventPlace& at = group.first;
  return std::tuple(group.shape, group.only_in_first, group.at_end, at.kind, at.op, at.key, at.lane, at.step,
                    at.occurrence, at.order, at.identity, group.occurrences, group.identities,
                    group.outputs, group.in_place, group.batch_same_samples);
}
auto fields(const StepBin& bin) {
  return std::tuple(bin.first_step, bin.last_step, bin.compared, bin.origins, bin.propagated,
                    bin.missing);
}
auto fields(const OperationCount& count) {
  return std::tuple(count.kind, count.events, count.origins, count.propagated);
}
auto fields(const MetricSeries& series) {
  return std::tuple(series.compared, series.max_abs_difference, series.last_first,
                    series.last_second, series.unpaired, series.not_a_number);
}
template <typename T>
auto fields(const std::pair<const std::string, T>& named) {
  return std::tuple(named.first, fields(named.second));
}
auto all_fields(const auto& list) {
  std::vector<decltype(fields(*list.begin()))> all;
  for (const auto& element : list) all.push_back(fields(element));
  return all;
}

// All that a comparison says, but for what may depend on memory: `reordered`.
void expect_same(const Comparison& a, const Comparison& b) {
  EXPECT_EQ(std::tuple(a.compared, a.agreeing, a.origins, a.propagated, a.only_in_first,
                       a.only_in_second, a.inputs_differed, a.lanes, a.unaligned_lanes,
                       a.groups_left_out, a.occurrences_left_out),
            std::tuple(b.compared, b.agreeing, b.origins, b.propagated, b.only_in_first,
                       b.only_in_second, b.inputs_differed, b.lanes, b.unaligned_lanes,
                       b.groups_left_out, b.occurrences_left_out));
  EXPECT_EQ(all_fields(a.groups), all_fields(b.groups));
  EXPECT_EQ(all_fields(a.timeline), all_fields(b.timeline));
  EXPECT_EQ(all_fields(a.operations), all_fields(b.operations));
  EXPECT_EQ(all_fields(a.metrics), all_fields(b.metrics));
}

uint64_t programs() {
  const char* text = std::getenv("DETAUDIT_PROPERTY_PROGRAMS");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 60;
}

TEST(CompareProperty, StreamingAndNaiveAgreeWithAndWithoutSpilling) {
  uint64_t spilled = 0, read_again = 0, clean = 0, reordered = 0, moved = 0, moved_and_clean = 0;
  for (uint64_t seed = 0; seed < programs() && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("program " + std::to_string(seed));
    const RandomProgram program(seed);
    const NaiveComparison naive(program.first(), program.second());
    TraceFolder folder;
    const auto first = write(folder, "first", program.first());
    const auto second = write(folder, "second", program.second());
    CompareOptions options;
    options.spill_directory = folder.path();
    const Comparison kept = compare_runs(first, second, options);
    expect_same(kept, naive);
    EXPECT_EQ(kept.reordered > 0, naive.reordered);
    EXPECT_TRUE(program.edits() > 0 || kept.identical() || naive.moved_ops == 0);
    moved += naive.moved_ops > 0 ? 1 : 0;
    moved_and_clean += naive.moved_ops > 0 && kept.identical() ? 1 : 0;
    clean += kept.identical() ? 1 : 0;
    using enum CompareOptions::FarLanes;
    for (const auto& [memory_bytes, far_lanes] :
         {std::pair{size_t{0}, kSpill}, {size_t{18'000}, kSpill}, {size_t{0}, kReadAgain},
          {size_t{100'000}, kReadAgain}}) {
      options.memory_bytes = memory_bytes;
      options.far_lanes = far_lanes;
      const Comparison result = compare_runs(first, second, options);
      expect_same(result, naive);
      expect_same(result, kept);
      EXPECT_TRUE(naive.reordered || result.reordered == 0);
      reordered += naive.reordered ? 1 : 0;
      spilled += result.spilled_bytes > 0 ? 1 : 0;
      read_again += result.read_again > 0 ? 1 : 0;
    }
  }
  EXPECT_GT(spilled, programs() / 2);
  EXPECT_GT(read_again, programs() / 8);
  EXPECT_GT(reordered, 0u);
  EXPECT_GT(moved, 0u);
  EXPECT_GT(moved_and_clean, 0u);
  EXPECT_GT(clean, 0u);
  EXPECT_LT(clean, programs());
}

// Tables that are emptied many times over, and ranges that are joined a few at a time.
void expect_the_same_spilled(uint64_t size, size_t memory_bytes, uint64_t seeds, bool naive) {
  uint64_t spills = 0, moved = 0;
  for (uint64_t seed = 0; seed < seeds && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("program " + std::to_string(seed));
    const RandomProgram program(1'000'000 + seed, size);
    TraceFolder folder;
    const auto first = write(folder, "first", program.first());
    const auto second = write(folder, "second", program.second());
    CompareOptions options;
    options.spill_directory = folder.path();
    const Comparison kept = compare_runs(first, second, options);
    EXPECT_EQ(kept.spilled_bytes, 0u);
    options.memory_bytes = memory_bytes;
    expect_same(compare_runs(first, second, options), kept);
    options.far_lanes = CompareOptions::FarLanes::kSpill;
    const Comparison spilled = compare_runs(first, second, options);
    expect_same(spilled, kept);
    spills = std::max(spills, spilled.spilled_bytes / memory_bytes);
    if (!naive) continue;
    const NaiveComparison by_definition(program.first(), program.second());
    expect_same(spilled, by_definition);
    moved += by_definition.moved_ops > 0 ? 1 : 0;
  }
  EXPECT_GT(spills, 10u);
  EXPECT_TRUE(!naive || moved > 0);
}

TEST(CompareProperty, ManySpillsAgreeWithTheDefinition) {
  expect_the_same_spilled(800, 20'000, 8, true);
}

TEST(CompareProperty, ManySpillsOfALongRunAgreeWithMemory) {
  expect_the_same_spilled(20'000, 400'000, 4, false);
}

}  // namespace
}  // namespace detaudit::auditor
