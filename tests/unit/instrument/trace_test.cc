#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "instrument/trace/peek.h"
#include "instrument/trace/reader.h"
#include "instrument/trace/seal.h"
#include "instrument/trace/writer.h"
#include "reports/diagnostic.h"
#include "tests/unit/instrument/trace_folder.h"

namespace detaudit::instrument {
namespace {

using kernels::Digest;
using kernels::DType;

Event operation(TraceWriter& writer, uint64_t step, std::span<const Digest> in,
                std::span<const Digest> out) {
  Event event;
  event.lane = writer.lane("p0");
  event.op = writer.intern("matmul");
  event.key = writer.intern("layer 1");
  event.signature = writer.signature(Signature{{{"a", DType::kF32, 12}}, {{"c", DType::kF64, 7}}});
  event.file = writer.intern("model/step.cc");
  event.line = 41;
  event.step = step;
  event.occurrence = (uint64_t{3} << 32) + 5;
  event.inputs = in;
  event.outputs = out;
  return event;
}

TEST(Trace, GivesBackWhatWasWritten) {
  TraceFolder folder;
  TraceWriter writer;
  ASSERT_TRUE(writer.open(folder.file("p0").c_str()));
  Digest in[] = {{1, 2}}, out[] = {{3, 4}};
  writer.event(operation(writer, 9, in, out));
  Event metric;
  metric.kind = EventKind::kMetric;
  metric.lane = writer.lane("p0/t0");
  metric.op = writer.intern("loss");
  metric.value = 0.25;
  metric.outputs = out;
  writer.event(metric);
  ReplayRecord replay;
  replay.identity = 77;
  replay.op = writer.intern("matmul");
  replay.lane = writer.lane("p0");
  replay.file = writer.intern("model/again.cc");
  replay.line = 43;
  replay.mode = ReplayMode::kOneWorker;
  replay.executions = 5;
  replay.distinct = 2;
  replay.magnitude = {12, 3, 4, 0.5, 8.0, 2};
  replay.change_scale = 0.125;
  replay.seconds = 1.5;
  replay.order = 1;
  replay.signature = writer.signature(Signature{{}, {{"z", DType::kU8, 3}}});
  writer.replay(replay);
  writer.source({SourceKind::kEntropy, "getrandom", "a.out+0x10", 2, 3, 1});
  writer.source({SourceKind::kEntropy, "getrandom", "a.out+0x10", 2, 3, 40});
  EXPECT_TRUE(std::filesystem::exists(folder.file("p0.dtrace.partial")));
  writer.finish();
  EXPECT_FALSE(std::filesystem::exists(folder.file("p0.dtrace.partial")));
  EXPECT_LT(std::filesystem::file_size(folder.file("p0.dtrace")), 8192u);

  TraceReader reader(folder.path());
  const Event* event = reader.next();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, EventKind::kOperation);
  EXPECT_EQ(reader.text(event->op), "matmul");
  EXPECT_EQ(reader.text(event->key), "layer 1");
  EXPECT_EQ(reader.text(event->file), "model/step.cc");
  EXPECT_EQ(event->line, 41u);
  EXPECT_EQ(event->step, 9u);
  EXPECT_EQ(event->occurrence, (uint64_t{3} << 32) + 5);
  EXPECT_EQ(event->order, 0u);
  EXPECT_THAT(event->inputs, testing::ElementsAre(in[0]));
  EXPECT_THAT(event->outputs, testing::ElementsAre(out[0]));
  const Signature& signature = reader.signature(event->signature);
  ASSERT_EQ(signature.inputs.size(), 1u);
  EXPECT_EQ(signature.inputs[0].name, "a");
  EXPECT_EQ(signature.outputs[0].dtype, DType::kF64);
  EXPECT_EQ(signature.outputs[0].elements, 7u);
  EXPECT_EQ(reader.identity(*event),
            identity_hash(text_hash("p0"), EventKind::kOperation, text_hash("matmul"),
                          text_hash("layer 1"), 9, (uint64_t{3} << 32) + 5));
  event = reader.next();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, EventKind::kMetric);
  EXPECT_EQ(event->value, 0.25);
  EXPECT_EQ(event->key, 0u);
  EXPECT_EQ(reader.lane_name(event->lane), "p0/t0");
  EXPECT_EQ(event->order, 1u);
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.next());

  TraceSummary summary = reader.summary();
  EXPECT_EQ(summary.state, TraceState::kFinished);
  EXPECT_EQ(summary.events, 2u);
  EXPECT_EQ(summary.dropped, 0u);
  EXPECT_EQ(summary.lossy_reason, "");
  ASSERT_EQ(reader.replays().size(), 1u);
  const ReplayRecord& read = reader.replays()[0];
  EXPECT_EQ(read.identity, 77u);
  EXPECT_EQ(read.mode, ReplayMode::kOneWorker);
  EXPECT_EQ(read.distinct, 2u);
  EXPECT_EQ(read.magnitude.max_ulp, 4u);
  EXPECT_EQ(read.magnitude.scale, 8.0);
  EXPECT_EQ(read.change_scale, 0.125);
  EXPECT_EQ(read.order, 1u);
  EXPECT_EQ(reader.signature(read.signature).outputs[0].name, "z");
  EXPECT_EQ(reader.text(read.op), "matmul");
  EXPECT_EQ(reader.text(read.file), "model/again.cc");
  EXPECT_EQ(read.line, 43u);
  ASSERT_EQ(reader.sources().size(), 1u);
  EXPECT_EQ(reader.sources()[0].site, "a.out+0x10");
  EXPECT_EQ(reader.sources()[0].count, 40u);
}

TEST(Trace, SpansManyWindowsAndBlocks) {
  TraceFolder folder;
  TraceWriter writer;
  ASSERT_TRUE(writer.open(folder.file("p0").c_str()));
  constexpr uint64_t kEvents = 120000;
  for (uint64_t i = 0; i < kEvents; ++i) {
    Digest in[] = {{i, ~i}, {i, 2}}, out[] = {{i * 3, i}};
    writer.event(operation(writer, i, std::span(in).first(1 + i % 2), out));
  }
  writer.finish();
  TraceReader reader(folder.path());
  uint64_t count = 0;
  for (const Event* event; (event = reader.next()); ++count) {
    ASSERT_EQ(event->step, count);
    ASSERT_EQ(event->inputs.size(), 1 + count % 2);
    ASSERT_EQ(event->outputs[0], (Digest{count * 3, count}));
  }
  EXPECT_EQ(count, kEvents);
  EXPECT_EQ(reader.summary().state, TraceState::kFinished);
}

TEST(Trace, NamesBeyondTheTableKeepTheirMeaning) {
  TraceFolder folder;
  TraceWriter writer;
  ASSERT_TRUE(writer.open(folder.file("p0").c_str()));
  constexpr uint64_t kNames = 300000;  // more than the writer remembers
  Event event;
  event.lane = writer.lane("p0");
  for (uint64_t i = 0; i < kNames; ++i) {
    event.op = writer.intern("op");
    event.key = writer.intern(std::to_string(i));
    writer.event(event);
  }
  writer.finish();
  TraceReader reader(folder.path());
  uint64_t count = 0;
  for (const Event* read; (read = reader.next()); ++count) {
    ASSERT_EQ(reader.text(read->key), std::to_string(count));
    ASSERT_EQ(reader.text(read->op), "op");
  }
  EXPECT_EQ(count, kNames);
}

TEST(Trace, ProcessesComeInTheOrderOfBirth) {
  TraceFolder folder;
  for (const char* name : {"p0.10", "p0.2", "output", "p0", "p0.2.1"}) {
    TraceWriter writer;
    ASSERT_TRUE(writer.open(folder.file(name).c_str()));
    Event event;
    event.lane = writer.lane(name);
    event.op = writer.intern("op");
    writer.event(event);
    writer.finish();
  }
  TraceReader reader(folder.path());
  std::vector<std::string> lanes;
  while (const Event* event = reader.next()) {
    EXPECT_EQ(event->order, lanes.size());
    EXPECT_EQ(reader.process(), lanes.size());
    lanes.emplace_back(reader.lane_name(event->lane));
  }
  EXPECT_THAT(lanes, testing::ElementsAre("p0", "p0.2", "p0.2.1", "p0.10", "output"));
}

TEST(Trace, DropsAreCountedWithTheirFirstReason) {
  TraceFolder folder;
  TraceWriter writer;
  ASSERT_TRUE(writer.open(folder.file("p0").c_str()));
  writer.drop(2, "first");
  writer.drop(3, "second");
  writer.finish();
  TraceReader reader(folder.path());
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.summary().dropped, 5u);
  EXPECT_EQ(reader.summary().lossy_reason, "p0.dtrace: 5 events were not recorded: first");
}

TEST(Trace, ATakenNameAndAMissingFolderAreErrors) {
  TraceFolder folder;
  TraceWriter first, second;
  ASSERT_TRUE(first.open(folder.file("p0").c_str()));
  EXPECT_FALSE(second.open(folder.file("p0").c_str()));
  EXPECT_EQ(second.error(), EEXIST);
  first.finish();
  EXPECT_FALSE(second.open(folder.file("p0").c_str()));
  EXPECT_FALSE(second.open(folder.file("missing/p0").c_str()));
  EXPECT_EQ(second.error(), ENOENT);
  second.event(Event{});
  EXPECT_EQ(second.dropped(), 1u);
}

TEST(Trace, SealEndsWholeFilesOnly) {
  TraceFolder folder;
  Digest out[] = {{3, 4}};
  for (const char* name : {"p0", "p0.1"}) {
    TraceWriter writer;
    ASSERT_TRUE(writer.open(folder.file(name).c_str()));
    writer.event(operation(writer, 6, {}, out));
    if (std::string(name) == "p0.1") writer.drop(1, "lost");
  }
  EXPECT_EQ(peek_step(folder.path()), 6u);
  EXPECT_EQ(seal_finished_process(folder.path()), 1);
  EXPECT_TRUE(std::filesystem::exists(folder.file("p0.dtrace")));
  EXPECT_TRUE(std::filesystem::exists(folder.file("p0.1.dtrace.partial")));
  TraceReader reader(folder.path());
  int count = 0;
  while (reader.next()) ++count;
  EXPECT_EQ(count, 2);
  EXPECT_EQ(reader.summary().state, TraceState::kUnfinished);
  EXPECT_EQ(reader.summary().dropped, 1u);
}

TEST(Trace, SealLeavesAPartialRecord) {
  TraceFolder folder;
  TraceWriter writer;
  ASSERT_TRUE(writer.open(folder.file("p0").c_str()));
  Digest out[] = {{3, 4}};
  writer.event(operation(writer, 6, {}, out));
  writer.abandon();
  std::string path = folder.file("p0.dtrace.partial");
  std::string bytes = read_bytes(path);
  size_t end = bytes.find_last_not_of('\0') + 1;
  bytes[(end + 7) / 8 * 8 + 20] = 1;  // a record whose size was never stored
  write_bytes(path, bytes);
  EXPECT_EQ(seal_finished_process(folder.path()), 0);
  TraceReader reader(folder.path());
  EXPECT_TRUE(reader.next());
  EXPECT_FALSE(reader.next());
  EXPECT_GT(reader.summary().damaged_bytes, 0u);
}

TEST(Trace, ForeignAndMissingTracesAreNamed) {
  TraceFolder folder;
  auto message = [&] {
    try {
      TraceReader reader(folder.path());
    } catch (const reports::DiagnosticError& error) {
      EXPECT_EQ(error.diagnostic().code, "DET904");
      EXPECT_EQ(error.exit_code(), reports::ExitCode::kUsage);
      return error.diagnostic().message;
    }
    return std::string("nothing thrown");
  };
  EXPECT_THAT(message(), testing::HasSubstr("holds no trace"));
  write_bytes(folder.file("p0.dtrace"), "something else entirely");
  EXPECT_THAT(message(), testing::HasSubstr("is not a trace"));
  std::filesystem::remove(folder.file("p0.dtrace"));
  TraceWriter writer;
  ASSERT_TRUE(writer.open(folder.file("p0").c_str()));
  writer.finish();
  std::string bytes = read_bytes(folder.file("p0.dtrace"));
  bytes[8] ^= 1;
  write_bytes(folder.file("p0.dtrace"), bytes);
  EXPECT_THAT(message(), testing::HasSubstr("damaged header"));
}

TEST(Identity, PartsMatterEachAndByPlace) {
  std::set<uint64_t> seen;
  uint64_t names[] = {text_hash(""), text_hash("a"), text_hash("b"), text_hash("ab")};
  size_t count = 0;
  for (uint64_t lane : names)
    for (uint64_t op : names)
      for (uint64_t key : names)
        for (EventKind kind : {EventKind::kOperation, EventKind::kMetric})
          for (uint64_t step : {0, 1, 2, 3})
            for (uint64_t occurrence : {0, 1, 2, 3}) {
              seen.insert(identity_hash(lane, kind, op, key, step, occurrence));
              ++count;
            }
  EXPECT_EQ(seen.size(), count);
  std::set<uint64_t> texts;
  for (int i = 0; i < 100000; ++i) texts.insert(text_hash(std::to_string(i)));
  texts.insert(text_hash(std::string("a\0", 2)));
  texts.insert(text_hash("a"));
  EXPECT_EQ(texts.size(), 100002u);
}

}  // namespace
}  // namespace detaudit::instrument
