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

// A stream that goes on under the number of one whose work is over is behind that work, as all is.
StreamId StreamOrder::add(Kind kind, uint64_t context) {
  constexpr size_t kMostAsked = 8;
  for (size_t i = std::min(removed_.size(), kMostAsked); i > 0; --i) {
    const StreamId id = removed_.front();
    removed_.pop_front();
    if (at(host_, id) < streams_[id].submitted) {
      removed_.push_back(id);
      continue;
    }
    streams_[id].kind = kind;
    streams_[id].context = context;
    return id;
  }
  streams_.push_back({kind, context, 0, Clock(memory_)});
  return static_cast<StreamId>(streams_.size() - 1);
}

void StreamOrder::remove(StreamId stream) {
  Clock(memory_).swap(streams_[stream].after);
  removed_.push_back(stream);
}

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

void StreamOrder::level(std::span<const StreamId> streams, std::span<const StreamId> others) {
  Clock all(memory_);
  for (StreamId stream : streams) join_everything(all, stream);
  for (StreamId stream : others) join_everything(all, stream);
  for (StreamId stream : streams) join(streams_[stream].after, all);
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
