#include "auditor/compare/deferred_lanes.h"

#include <algorithm>
#include <set>

namespace detaudit::auditor {
namespace {

using instrument::Event;
using instrument::EventCursor;

constexpr size_t kMostCursors = 256;
constexpr size_t kCursorBytes = size_t{64} << 10;
constexpr size_t kSweepBytes = size_t{1} << 20;
// To pass over an event costs some sixteenth of spilling it.
constexpr uint64_t kPassedForOne = 16;
constexpr uint64_t kPassedFreely = 1'000'000;

}  // namespace

void DeferredLanes::defer() {
  const Event& event = *stream_.head().event;
  if (event.lane >= lanes_.size()) lanes_.resize(event.lane + 1);
  Lane& lane = lanes_[event.lane];
  if (lane.stretches.empty() || lane.stretches.back().begin.file != stream_.head().process) {
    lane.stretches.push_back({stream_.reader().place(), event.order, 0});
  }
  ++lane.stretches.back().events;
  ++lane.left;
  ++left_;
  ++total_;
}

const Sighting& DeferredLanes::next(uint32_t lane_id) {
  Lane& lane = lanes_[lane_id];
  if (!lane.at_hand) read_next(lane_id, lane);
  return lane.next;
}

void DeferredLanes::read_next(uint32_t lane_id, Lane& lane) {
  const Stretch& stretch = lane.stretches.front();
  if (lane.cursor == nullptr || lane.cursor_file != stretch.begin.file) {
    cursors_ += lane.cursor == nullptr ? 1 : 0;
    lane.cursor = std::make_unique<EventCursor>(stream_.reader(), stretch.begin, kCursorBytes);
    lane.cursor_file = stretch.begin.file;
  } else if (!lane.sought) {
    lane.cursor->seek(stretch.begin);
  }
  lane.sought = true;
  const uint64_t passed = lane.cursor->passed();
  const Event* event = &lane.cursor->next_of(lane_id);
  while (event->step > stream_.last_step()) event = &lane.cursor->next_of(lane_id);
  passed_ += lane.cursor->passed() - passed;
  lane.next = stream_.sighting_of(*event, stretch.begin.file);
  lane.at_hand = true;
}

void DeferredLanes::pop(uint32_t lane_id) {
  Lane& lane = lanes_[lane_id];
  lane.at_hand = false;
  take(lane, lane.next.event->order);
}

void DeferredLanes::take(Lane& lane, uint64_t order) {
  Stretch& stretch = lane.stretches.front();
  stretch.from_order = order + 1;
  --lane.left;
  --left_;
  ++taken_;
  if (--stretch.events > 0) return;
  lane.stretches.erase(lane.stretches.begin());
  lane.sought = false;
}

bool DeferredLanes::wasteful() const {
  return cursors_ > kMostCursors || passed_ > kPassedForOne * taken_ + kPassedFreely;
}

void DeferredLanes::sweep(const std::function<void(const Sighting&)>& sink) {
  std::set<uint32_t> files;
  for (Lane& lane : lanes_) {
    for (const Stretch& stretch : lane.stretches) files.insert(stretch.begin.file);
    lane.cursor.reset();
    lane.sought = lane.at_hand = false;
  }
  cursors_ = 0;
  for (const uint32_t file : files) sweep_file(file, sink);
}

void DeferredLanes::sweep_file(uint32_t file, const std::function<void(const Sighting&)>& sink) {
  const auto here = [&](const Lane& lane) {
    return !lane.stretches.empty() && lane.stretches.front().begin.file == file;
  };
  uint64_t left = 0;
  const instrument::RecordPlace* begin = nullptr;
  for (const Lane& lane : lanes_) {
    if (!here(lane)) continue;
    const Stretch& stretch = lane.stretches.front();
    left += stretch.events;
    if (begin == nullptr || stretch.begin.order < begin->order) begin = &stretch.begin;
  }
  for (EventCursor cursor(stream_.reader(), *begin, kSweepBytes); left > 0;) {
    const Event& event = cursor.next();
    if (event.step > stream_.last_step() || event.lane >= lanes_.size()) continue;
    Lane& lane = lanes_[event.lane];
    if (!here(lane) || event.order < lane.stretches.front().from_order) continue;
    --left;
    take(lane, event.order);
    sink(stream_.sighting_of(event, file));
  }
}

}  // namespace detaudit::auditor
