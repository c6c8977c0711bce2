#include "auditor/compare/trace_stream.h"

#include <algorithm>

namespace detaudit::auditor {

TraceStream::TraceStream(const std::filesystem::path& run, StreamOptions options)
    : reader_(run), options_(std::move(options)), text_hashes_(reader_.hashes()) {}

void TraceStream::identify() {
  const instrument::Event& event = *head_.event;
  if (options_.anywhere) head_.anywhere = identity_without_lane(event);
  if (head_.moved) {
    head_.identity = identity_without_lane(event);
    hash_content();
  } else {
    head_.identity = head_.match = identity(event);
  }
  identified_ = true;
}

void TraceStream::hash_content() {
  head_.inputs = inputs_of(head_);
  head_.hashed = true;
  head_.match = content_hash(head_.identity, head_.inputs, head_.event->outputs);
}

void TraceStream::identify_beside(const Sighting& other, Meeting meeting) {
  if (meeting == Meeting::kApart) return identify();
  head_.identity = other.identity;
  head_.anywhere = other.anywhere;
  if (meeting == Meeting::kOtherContent) {
    hash_content();
  } else {
    head_.match = other.match;
    head_.inputs = other.inputs;
    head_.hashed = other.hashed && head_.moved;
  }
  identified_ = true;
}

Sighting TraceStream::sighting_of(const instrument::Event& event, uint32_t process) const {
  Sighting sighting;
  sighting.event = &event;
  sighting.process = process;
  sighting.identity = sighting.match = identity(event);
  if (options_.anywhere) sighting.anywhere = identity_without_lane(event);
  return sighting;
}

void TraceStream::look_up_moved(const instrument::Event& event, size_t place) {
  if (place >= moved_.size()) moved_.resize(place + 1);
  moved_[place] = options_.moved.contains(op_in_process(event)) ? Moved::kYes : Moved::kNo;
}

void TraceStream::meet_lane(uint32_t lane) {
  if (lane >= lane_seen_.size()) {
    lane_seen_.resize(lane + 1);
    lane_hashes_.resize(lane + 1);
    lane_processes_.resize(lane + 1);
  }
  lane_seen_[lane] = 1;
  lane_hashes_[lane] = reader_.lane_hash(lane);
  lane_processes_[lane] = instrument::process_hash(reader_.lane_name(lane));
}

std::vector<std::string> TraceStream::lanes() const {
  std::vector<std::string> names;
  for (size_t lane = 0; lane < lane_seen_.size(); ++lane) {
    if (lane_seen_[lane] != 0) names.emplace_back(reader_.lane_name(static_cast<uint32_t>(lane)));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

uint64_t TraceStream::op_in_process(const instrument::Event& event) const {
  return instrument::identity_hash(lane_processes_[event.lane], event.kind, reader_.hash(event.op),
                                   0, 0, 0);
}

}  // namespace detaudit::auditor
