// What recorded_evidence() takes of the clocks and the entropy that runs read.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "auditor/experiments/experiments.h"

namespace detaudit::auditor {
namespace {

using instrument::EventKind;
using instrument::SourceKind;
using instrument::SourceRecord;

SourceRecord read(SourceKind kind, const std::string& function, const std::string& site,
                  uint64_t order, uint32_t process) {
  SourceRecord record;
  record.kind = kind;
  record.function = function;
  record.site = site;
  record.order = order;
  record.process = process;
  record.count = 1;
  return record;
}

std::vector<std::string> sites(const std::vector<SourceRecord>& reads) {
  std::vector<std::string> result;
  for (const SourceRecord& each : reads) result.push_back(each.site);
  return result;
}

std::vector<std::string> clocks_of(const std::vector<SourceRecord>& sources,
                                   EventKind kind = EventKind::kOperation) {
  OriginGroup group;
  group.first.kind = kind;
  group.first.order = 5;
  group.first.process = 1;
  RunFacts run;
  run.sources = sources;
  return sites(recorded_evidence(group, {run, run}).clock_reads);
}

using List = std::vector<std::string>;

TEST(ReadsBefore, OfTheEventsOwnProcessFirst) {
  EXPECT_EQ(clocks_of({read(SourceKind::kClock, "gettimeofday", "shell", 5, 0),
                       read(SourceKind::kClock, "time", "train", 0, 1)}),
            (List{"train", "shell"}));
}

TEST(ReadsBefore, DatesBeforeDurations) {
  EXPECT_EQ(clocks_of({read(SourceKind::kClock, "time", "seed", 0, 1),
                       read(SourceKind::kClock, "clock_gettime(CLOCK_MONOTONIC)", "wait", 4, 1),
                       read(SourceKind::kClock, "std::chrono::steady_clock::now", "turn", 4, 1),
                       read(SourceKind::kClock, "getrusage(CPU time)", "usage", 4, 1)}),
            (List{"seed", "usage", "turn", "wait"}));
}

TEST(ReadsBefore, TheLastFirstAndNoneAfterTheEvent) {
  EXPECT_EQ(clocks_of({read(SourceKind::kClock, "time", "import", 0, 1),
                       read(SourceKind::kClock, "time", "load", 0, 1),
                       read(SourceKind::kClock, "time", "seed", 3, 1),
                       read(SourceKind::kClock, "time", "log", 6, 1)}),
            (List{"seed", "load", "import"}));
}

TEST(ReadsBefore, TheFirstFirstOfAnOutputWhichIsAnEventAtTheEnd) {
  EXPECT_EQ(clocks_of({read(SourceKind::kClock, "clock_gettime(CLOCK_MONOTONIC)", "wait", 0, 1),
                       read(SourceKind::kClock, "time", "seed", 0, 1),
                       read(SourceKind::kClock, "time", "log", 3, 1)},
                      EventKind::kOutput),
            (List{"seed", "log", "wait"}));
}

TEST(ReadsBefore, AScriptsLineBeforeAll) {
  EXPECT_EQ(clocks_of({read(SourceKind::kClock, "time.time", "train.py:3", 0, 0),
                       read(SourceKind::kClock, "clock_gettime(CLOCK_REALTIME)", "pytime", 5, 1)}),
            (List{"train.py:3", "pytime"}));
}

TEST(ReadsBefore, FourAtMostAndTheLikeliest) {
  std::vector<SourceRecord> sources{read(SourceKind::kClock, "time", "seed", 1, 1)};
  for (const char* site : {"a", "b", "c", "d", "e"})
    sources.push_back(read(SourceKind::kClock, "clock_gettime(CLOCK_MONOTONIC)", site, 2, 1));
  EXPECT_EQ(clocks_of(sources), (List{"seed", "e", "d", "c"}));
}

}  // namespace
}  // namespace detaudit::auditor
