#include "instrument/cupti/stream_order.h"

#include <algorithm>

namespace detaudit::instrument::cupti {

void StreamOrder::join(Clock& into, const Clock& from) {
  if (into.size() < from.size()) into.resize(from.size());
  for (size_t i = 0; i < from.size(); ++i) into[i] = std::max(into[i], from[i]);
}

void StreamOrder::join(Clock& into, StreamId stream, uint64_t count) {
  if (into.size() <= stream) into.resize(stream + 1);
  into[stream] = std::max(into[stream], count);
}

uint64_t StreamOrder::at(const Clock& clock, StreamId stream) {
  return stream < clock.size() ? clock[stream] : 0;
}

// All that the stream's work so far is and was ordered after.
void StreamOrder::join_everything(Clock& into, StreamId stream) const {
  join(into, streams_[stream].after);
  join(into, stream, streams_[stream].submitted);
}

StreamId StreamOrder::add(Kind kind, uint64_t context) {
  streams_.push_back({kind, context, false, 0, Clock(memory_)});
  return static_cast<StreamId>(streams_.size() - 1);
}

void StreamOrder::remove(StreamId stream) { streams_[stream].removed = true; }

StreamPoint StreamOrder::submit(StreamId id) {
  Stream& stream = streams_[id];
  join(stream.after, host_);
  if (stream.kind != Kind::kNonBlocking) {
    for (StreamId other = 0; other < streams_.size(); ++other) {
      const Stream& peer = streams_[other];
      const bool implied =
          other != id && peer.context == stream.context &&
          (stream.kind == Kind::kLegacyDefault ? peer.kind == Kind::kBlocking
                                               : peer.kind == Kind::kLegacyDefault);
      if (implied && peer.submitted > at(stream.after, other)) join_everything(stream.after, other);
    }
  }
  join(stream.after, id, ++stream.submitted);
  return {id, stream.submitted};
}

void StreamOrder::record(uint64_t event, StreamId stream) {
  Clock clock(memory_);
  submit(stream);
  join_everything(clock, stream);
  events_.insert_or_assign(event, std::move(clock));
}

void StreamOrder::wait(StreamId stream, uint64_t event) {
  submit(stream);
  if (auto found = events_.find(event); found != events_.end())
    join(streams_[stream].after, found->second);
}

void StreamOrder::forget_event(uint64_t event) { events_.erase(event); }

void StreamOrder::host_waited_for(StreamId stream) { join_everything(host_, stream); }

void StreamOrder::host_waited_for_event(uint64_t event) {
  if (auto found = events_.find(event); found != events_.end()) join(host_, found->second);
}

void StreamOrder::host_waited_for_context(uint64_t context) {
  for (StreamId stream = 0; stream < streams_.size(); ++stream)
    if (streams_[stream].context == context) join_everything(host_, stream);
}

void StreamOrder::level(uint64_t context) {
  Clock all(memory_);
  const auto meets = [&](const Stream& stream) {
    return stream.context == context && !stream.removed;
  };
  for (StreamId stream = 0; stream < streams_.size(); ++stream)
    if (meets(streams_[stream])) join_everything(all, stream);
  for (Stream& stream : streams_)
    if (meets(stream)) join(stream.after, all);
}

bool StreamOrder::ordered_before_next(StreamPoint point, StreamId id) const {
  if (point.stream == id || point.count == 0) return true;
  if (at(host_, point.stream) >= point.count) return true;
  const Stream& stream = streams_[id];
  if (at(stream.after, point.stream) >= point.count) return true;
  if (stream.kind == Kind::kNonBlocking) return false;
  // What the default stream's rule will add when the work is submitted.
  for (StreamId other = 0; other < streams_.size(); ++other) {
    const Stream& peer = streams_[other];
    if (other == id || peer.context != stream.context) continue;
    const bool implied = stream.kind == Kind::kLegacyDefault ? peer.kind == Kind::kBlocking
                                                             : peer.kind == Kind::kLegacyDefault;
    if (!implied) continue;
    if (other == point.stream && peer.submitted >= point.count) return true;
    if (at(peer.after, point.stream) >= point.count) return true;
  }
  return false;
}

}  // namespace detaudit::instrument::cupti
