#include "instrument/trace/event_cursor.h"

#include <gtest/gtest.h>

#include <vector>

#include "instrument/trace/writer.h"
#include "reports/diagnostic.h"
#include "tests/unit/instrument/trace_folder.h"

namespace detaudit::instrument {
namespace {

// What reading a second time has to give again.
struct Seen {
  uint32_t lane, op;
  uint64_t step, order, output;
  double value;
  auto operator<=>(const Seen&) const = default;
};
Seen seen(const Event& event) {
  return {event.lane, event.op, event.step, event.order, event.outputs[0].low, event.value};
}

// Three lanes; names that come only as they are needed lie between the events.
void write(const std::string& path) {
  TraceWriter writer;
  writer.open(path.c_str());
  for (uint64_t i = 0; i < 300; ++i) {
    const kernels::Digest output{i, 1};
    Event event;
    event.kind = i % 7 == 0 ? EventKind::kMetric : EventKind::kOperation;
    event.lane = writer.lane("p0/t" + std::to_string(i * i % 3));
    event.op = writer.intern("op" + std::to_string(i / 20));
    event.step = i / 10;
    event.value = static_cast<double>(event.kind == EventKind::kMetric ? i : 0);
    event.outputs = {&output, 1};
    writer.event(event);
  }
  writer.finish();
}

class EventCursorTest : public testing::Test {
 protected:
  EventCursorTest() {
    for (const char* name : {"p0", "p1"}) write(folder_.file(name));
    reader_ = std::make_unique<TraceReader>(folder_.path());
    while (const Event* event = reader_->next()) {
      places_.push_back(reader_->place());
      events_.push_back(seen(*event));
    }
  }
  TraceFolder folder_;
  std::unique_ptr<TraceReader> reader_;
  std::vector<RecordPlace> places_;
  std::vector<Seen> events_;
};

// Buffers smaller than a record, and of some records.
TEST_F(EventCursorTest, GivesWhatTheReaderGave) {
  for (const size_t buffer_bytes : {size_t{8}, size_t{200}, size_t{4096}}) {
    for (const size_t begin : {size_t{0}, size_t{123}, size_t{300}, size_t{450}}) {
      EventCursor cursor(*reader_, places_[begin], buffer_bytes);
      const size_t end = begin < 300 ? 300 : 600;  // of its file
      for (size_t i = begin; i < end; ++i) EXPECT_EQ(seen(cursor.next()), events_[i]);
      EXPECT_EQ(cursor.passed(), end - begin);
    }
  }
}

TEST_F(EventCursorTest, FindsALaneAndSeeksEitherWay) {
  EventCursor cursor(*reader_, places_[0], 512);
  for (const size_t begin : {size_t{100}, size_t{104}, size_t{20}, size_t{250}}) {
    for (const uint32_t lane : {events_[0].lane, events_[1].lane}) {
      cursor.seek(places_[begin]);
      size_t at = begin;
      for (int found = 0; found < 5; ++found, ++at) {
        while (events_[at].lane != lane) ++at;
        EXPECT_EQ(seen(cursor.next_of(lane)), events_[at]);
      }
    }
  }
}

TEST_F(EventCursorTest, AFileThatIsNotWhatItWasIsAnError) {
  const std::filesystem::path file = reader_->path(0);
  std::string bytes = read_bytes(file);
  bytes[places_[10].offset + sizeof(EventBody)] ^= 1;  // a digest
  write_bytes(file, bytes);
  EventCursor changed(*reader_, places_[10], 4096);
  EXPECT_THROW(changed.next(), reports::DiagnosticError);
  write_bytes(file, bytes.substr(0, places_[20].offset + 8));
  EventCursor cut(*reader_, places_[20], 4096);
  EXPECT_THROW(cut.next(), reports::DiagnosticError);
  std::filesystem::remove(file);
  EXPECT_THROW(EventCursor(*reader_, places_[0], 4096), reports::DiagnosticError);
}

}  // namespace
}  // namespace detaudit::instrument
