#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

#include "instrument/trace/reader.h"
#include "instrument/trace/writer.h"
#include "reports/diagnostic.h"
#include "tests/unit/instrument/trace_folder.h"

namespace detaudit::instrument {
namespace {

using kernels::Digest;

constexpr uint64_t kEvents = 6;

void write_events(TraceWriter& writer, uint64_t events) {
  for (uint64_t i = 0; i < events; ++i) {
    Digest in[] = {{i, 1}}, out[] = {{i, 2}, {i, 3}};
    Event event;
    event.lane = writer.lane("p0");
    event.op = writer.intern(i % 2 ? "odd" : "even");
    event.signature = writer.signature(
        Signature{{{"x", kernels::DType::kF32, 4}},
                  {{"y", kernels::DType::kF32, 4}, {"z", kernels::DType::kU8, 1}}});
    event.file = writer.intern("a.cc");
    event.line = 3;
    event.step = i;
    event.inputs = in;
    event.outputs = out;
    writer.event(event);
  }
}

struct Reading {
  bool refused = false;
  uint64_t events = 0;
  TraceSummary summary;
  bool clean() const {
    return !refused && events == kEvents && summary.state == TraceState::kFinished &&
           summary.dropped == 0 && summary.damaged_bytes == 0 && summary.lossy_reason.empty();
  }
};

// Reads and checks that what comes out is a prefix of what was written.
Reading read_prefix(const std::filesystem::path& folder) {
  Reading reading;
  try {
    TraceReader reader(folder);
    while (const Event* event = reader.next()) {
      uint64_t i = reading.events++;
      EXPECT_EQ(event->step, i);
      EXPECT_EQ(reader.text(event->op), i % 2 ? "odd" : "even");
      EXPECT_EQ(event->outputs.size(), 2u);
      EXPECT_EQ(event->outputs[1], (Digest{i, 3}));
    }
    reading.summary = reader.summary();
  } catch (const reports::DiagnosticError& error) {
    EXPECT_EQ(error.diagnostic().code, "DET904");
    reading.refused = true;
  }
  return reading;
}

std::string finished_trace(const TraceFolder& folder) {
  TraceWriter writer;
  EXPECT_TRUE(writer.open(folder.file("p0").c_str()));
  write_events(writer, kEvents);
  writer.finish();
  return read_bytes(folder.file("p0.dtrace"));
}

TEST(TraceDamage, AWholeTraceIsClean) {
  TraceFolder folder;
  finished_trace(folder);
  EXPECT_TRUE(read_prefix(folder.path()).clean());
}

TEST(TraceDamage, CutAnywhereGivesAPrefixAndIsReported) {
  TraceFolder folder;
  std::string bytes = finished_trace(folder);
  uint64_t most = 0;
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    write_bytes(folder.file("p0.dtrace"), bytes.substr(0, cut));
    Reading reading = read_prefix(folder.path());
    EXPECT_FALSE(reading.clean()) << cut;
    EXPECT_FALSE(reading.summary.lossy_reason.empty()) << cut;
    EXPECT_EQ(reading.summary.state, TraceState::kUnfinished) << cut;
    EXPECT_GE(reading.events, most) << cut;
    most = reading.events;
  }
  EXPECT_EQ(most, kEvents);
}

TEST(TraceDamage, AFlippedBitIsDetectedOrHarmless) {
  TraceFolder folder;
  const std::string bytes = finished_trace(folder);
  // The header's counters of events and steps are for those who watch; the rest of its page is
  // unused.
  auto harmless = [](size_t at) { return at >= 32 && at < 48; };
  for (size_t at = 0; at < bytes.size(); ++at) {
    if (at >= 64 && at < 4096) continue;
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = bytes;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      write_bytes(folder.file("p0.dtrace"), flipped);
      Reading reading = read_prefix(folder.path());
      EXPECT_EQ(reading.clean(), harmless(at)) << "byte " << at << " bit " << bit;
    }
  }
}

TEST(TraceDamage, GarbageInEveryPlaceNeverHurts) {
  TraceFolder folder;
  const std::string bytes = finished_trace(folder);
  uint32_t random = 1;
  for (int round = 0; round < 2000; ++round) {
    std::string damaged = bytes;
    for (int i = 0; i < 1 + round % 8; ++i) {
      random = random * 1664525 + 1013904223;
      size_t at = 4096 + random % (bytes.size() - 4096);
      random = random * 1664525 + 1013904223;
      damaged[at] = static_cast<char>(random >> 24);
    }
    write_bytes(folder.file("p0.dtrace"), damaged);
    EXPECT_EQ(read_prefix(folder.path()).clean(), damaged == bytes);
  }
}

TEST(TraceDamage, EverythingWrittenBeforeAKillIsRead) {
  TraceFolder folder;
  int pipes[2];
  ASSERT_EQ(pipe(pipes), 0);
  pid_t child = fork();
  if (child == 0) {
    TraceWriter writer;
    writer.open(folder.file("p0").c_str());
    for (uint64_t written = 0;; ++written) {
      write_events(writer, 1);
      if (written == 50000 && write(pipes[1], "x", 1) != 1) _exit(1);
    }
  }
  char byte;
  ASSERT_EQ(read(pipes[0], &byte, 1), 1);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(pipes[0]);
  close(pipes[1]);
  TraceReader reader(folder.path());
  uint64_t events = 0;
  while (reader.next()) ++events;
  EXPECT_GT(events, 50000u);
  EXPECT_EQ(reader.summary().state, TraceState::kUnfinished);
  EXPECT_EQ(reader.summary().dropped, 0u);
}

TEST(TraceDamage, AFullDiskIsAnErrorNotASignal) {
  TraceFolder folder;
  pid_t child = fork();
  if (child == 0) {
    rlimit limit{300 << 10, 300 << 10};
    setrlimit(RLIMIT_FSIZE, &limit);
    TraceWriter writer;
    if (!writer.open(folder.file("p0").c_str())) _exit(2);
    write_events(writer, 10000);
    writer.finish();
    _exit(writer.events() > 1000 && writer.events() + writer.dropped() == 10000 ? 0 : 3);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  TraceReader reader(folder.path());
  uint64_t events = 0;
  while (reader.next()) ++events;
  EXPECT_GT(events, 1000u);
  EXPECT_EQ(events + reader.summary().dropped, 10000u);
  EXPECT_NE(reader.summary().lossy_reason.find("limit on file sizes"), std::string::npos);
}

}  // namespace
}  // namespace detaudit::instrument
