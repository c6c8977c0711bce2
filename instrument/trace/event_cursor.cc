#include "instrument/trace/event_cursor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "reports/diagnostic.h"

namespace detaudit::instrument {

EventCursor::EventCursor(const TraceReader& reader, RecordPlace from, size_t buffer_bytes)
    : path_(reader.path(from.file)),
      ids_(reader.ids(from.file)),
      next_order_(from.order),
      offset_(from.offset),
      buffer_(buffer_bytes / sizeof(uint64_t)) {
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) fail();
}

EventCursor::~EventCursor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void EventCursor::seek(RecordPlace to) {
  next_order_ = to.order;
  if (to.offset <= offset_ && to.offset + filled_ >= offset_) {
    begin_ = filled_ - (offset_ - to.offset);
    return;
  }
  begin_ = filled_ = 0;
  offset_ = to.offset;
}

void EventCursor::fill(size_t bytes) {
  if (filled_ - begin_ >= bytes) return;
  const size_t left = filled_ - begin_;
  std::memmove(buffer_.data(), reinterpret_cast<unsigned char*>(buffer_.data()) + begin_, left);
  begin_ = 0;
  filled_ = left;
  if (bytes > buffer_.size() * sizeof(uint64_t)) buffer_.resize(bytes / sizeof(uint64_t) + 1);
  auto* base = reinterpret_cast<unsigned char*>(buffer_.data());
  while (filled_ < bytes) {
    const ssize_t count =
        ::pread(descriptor_, base + filled_, buffer_.size() * sizeof(uint64_t) - filled_,
                static_cast<off_t>(offset_));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail();
    filled_ += static_cast<size_t>(count);
    offset_ += static_cast<size_t>(count);
  }
}

const RecordHead& EventCursor::next_record() {
  const auto here = [&] {
    return reinterpret_cast<const RecordHead*>(
        reinterpret_cast<const unsigned char*>(buffer_.data()) + begin_);
  };
  fill(sizeof(RecordHead));
  const uint32_t size = here()->size;
  if (size < sizeof(RecordHead) || size % 8 != 0 || size > kMaxRecordBytes) fail();
  fill(size);
  const RecordHead* head = here();
  begin_ += size;
  return *head;
}

template <typename Wanted>
const Event& EventCursor::find(Wanted&& wanted) {
  for (;;) {
    const RecordHead& head = next_record();
    if (head.type != RecordType::kEvent) continue;
    ++passed_;
    const uint64_t order = next_order_++;
    if (head.size < sizeof(EventBody)) fail();
    const auto& body = reinterpret_cast<const EventBody&>(head);
    if (!wanted(body)) continue;
    if (head.checksum != record_checksum(&head, head.size) || !decode(body, *ids_, event_)) fail();
    event_.order = order;
    return event_;
  }
}

const Event& EventCursor::next_of(uint32_t lane) {
  return find([&](const EventBody& body) {
    return ids_->lanes.has(body.lane) && ids_->lanes[body.lane] == lane;
  });
}

const Event& EventCursor::next() {
  return find([](const EventBody&) { return true; });
}

void EventCursor::fail() const {
  throw reports::usage_error("DET904",
                             "trace `" + path_.string() + "` cannot be read a second time",
                             "leave it as it is while it is compared");
}

}  // namespace detaudit::instrument
