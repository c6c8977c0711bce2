#include "auditor/places/trace_places.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <memory>

#include "auditor/audit/kernel_name.h"
#include "tests/unit/auditor/planned_trace.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using instrument::SourceKind;

// One script of ten lines, of which lines 3 to 4 and line 8 are asked for, and a kernel.
class TracePlacesTest : public testing::Test {
 protected:
  TracePlacesTest() {
    std::ofstream(folder_.path() / "train.py") << "pass\n";
    const fs::path file = fs::canonical(folder_.path() / "train.py");
    places_ = {{file, 3, 4, "", ""}, {file, 8, 8, "", ""}, {"", 0, 0, "_Z1kPf", ""}};
  }

  enum class End { kWell, kAbrupt };
  void write(const std::function<void(instrument::TraceWriter&)>& records, End end = End::kWell) {
    fs::remove_all(run());
    fs::create_directories(run());
    instrument::TraceWriter writer;
    writer.open((run() / "p0").c_str());
    records(writer);
    if (end == End::kWell) writer.finish();
  }
  static void source(instrument::TraceWriter& writer, SourceKind kind, const std::string& function,
                     const std::string& site) {
    writer.source(instrument::SourceRecord{kind, function, site, 0, 0, 1, 0});
  }
  static void event(instrument::TraceWriter& writer, const std::string& lane, const std::string& op,
                    unsigned line) {
    instrument::Event event;
    event.lane = writer.lane(lane);
    event.op = writer.intern(op);
    event.file = line == 0 ? 0 : writer.intern("train.py");
    event.line = line;
    event.signature = writer.signature({});
    writer.event(event);
  }
  const TracePlaces& read() {
    found_ = std::make_unique<TracePlaces>(places_, folder_.path(), std::filesystem::path());
    found_->add(run());
    return *found_;
  }
  fs::path run() const { return folder_.path() / "run-0"; }

  TraceFolder folder_;
  std::vector<Place> places_;
  std::unique_ptr<TracePlaces> found_;
};

TEST_F(TracePlacesTest, EventsCountAtTheirLinesAlone) {
  write([](auto& writer) {
    event(writer, "p0", "aten::mul", 4);
    event(writer, "p0", "aten::add", 5);
  });
  const TracePlaces& found = read();
  ASSERT_EQ(found.records()[0].events.size(), 1u);
  EXPECT_EQ(found.records()[0].events.begin()->second, "aten::mul");
  EXPECT_FALSE(found.records()[1].any());
  EXPECT_FALSE(found.records()[2].any());
  EXPECT_TRUE(found.knows(places_[0].file));
  EXPECT_TRUE(found.gaps().empty());
}

TEST_F(TracePlacesTest, KernelsCountByNameOnLanesOfGpusAlone) {
  write([](auto& writer) { event(writer, "p0", "_Z1kPf", 0); });
  EXPECT_FALSE(read().records()[2].any());
  write([](auto& writer) { event(writer, "p0:gpu0.default", "_Z1kPf", 0); });
  EXPECT_TRUE(read().records()[2].launched);
}

TEST_F(TracePlacesTest, TheOnlySourceOfAKind) {
  const auto reads = [](std::vector<std::string> sites, bool names_drawn = false) {
    return [=](auto& writer) {
      for (const std::string& site : sites) source(writer, SourceKind::kEntropy, "f()", site);
      if (names_drawn) source(writer, SourceKind::kNameMade, "tmpXXXXXX", "/tmp/tmp1");
    };
  };
  write(reads({"train.py:3", "train.py:4"}));
  EXPECT_TRUE(read().is_only_source(0, SourceKind::kEntropy));
  EXPECT_FALSE(read().is_only_source(1, SourceKind::kEntropy));
  EXPECT_FALSE(read().is_only_source(0, SourceKind::kClock));
  write(reads({"train.py:3", "train.py:9"}));
  EXPECT_FALSE(read().is_only_source(0, SourceKind::kEntropy));
  write(reads({"train.py:3", "libx.so+0x12"}));
  EXPECT_FALSE(read().is_only_source(0, SourceKind::kEntropy));
  write(reads({"train.py:3"}, true));
  EXPECT_FALSE(read().is_only_source(0, SourceKind::kEntropy));
}

TEST_F(TracePlacesTest, WhatCouldBeMissingIsAGap) {
  const auto gaps = [this](SourceKind kind, const std::string& site) {
    write([&](auto& writer) { source(writer, kind, "why", site); });
    return read().gaps().size();
  };
  EXPECT_EQ(gaps(SourceKind::kAdapter, "1.0"), 0u);
  EXPECT_EQ(gaps(SourceKind::kUnseenProcess, "/bin/job"), 1u);
  EXPECT_EQ(gaps(SourceKind::kAdapterUnseen, ""), 1u);
  EXPECT_EQ(gaps(SourceKind::kWatchedProcess, "/usr/sbin/ldconfig"), 0u);
  EXPECT_EQ(gaps(SourceKind::kWatchedProcess, "/opt/python3.13"), 1u);
  write([](auto& writer) { event(writer, "p0", "op", 3); }, End::kAbrupt);
  EXPECT_EQ(read().gaps().size(), 1u);
  EXPECT_FALSE(read().gpu_gaps().empty());
}

TEST(BaseName, IsWithoutAllThatSurroundsIt) {
  EXPECT_EQ(base_name("atomic_sum(float const*, float*)"), "atomic_sum");
  EXPECT_EQ(base_name("void train::sum<float, 4>(float*)"), "sum");
  EXPECT_EQ(base_name("(anonymous namespace)::sum(float*)"), "sum");
  EXPECT_EQ(base_name("drawn"), "drawn");
}

}  // namespace
}  // namespace detaudit::auditor
