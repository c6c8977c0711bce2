#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_set>
#include <vector>

#include "auditor/compare/sighting.h"
#include "instrument/trace/identity.h"
#include "instrument/trace/reader.h"

namespace detaudit::auditor {

// Ops, each of one kind in one process (TraceStream::op_in_process), whose events may have run in
// any lane of it.
using MovedOps = std::unordered_set<uint64_t>;

struct StreamOptions {
  uint64_t last_step = UINT64_MAX;  // leave out later events
  MovedOps moved;
  bool anywhere = false;            // Sighting::anywhere is wanted
};

// How the events that two streams have at hand stand to each other.
enum class Meeting {
  kApart,
  kOtherContent,  // of moved work: the same wherever it ran, but not in what it read and wrote
  kTwins,         // one event: of moved work, in content too
};

// The events of one run up to a step, one at a time, and the lanes they were in.
class TraceStream {
 public:
  TraceStream(const std::filesystem::path& run, StreamOptions options);

  bool advance() {  // false at the end
    const instrument::Event* event = reader_.next();
    while (event != nullptr && event->step > options_.last_step) event = reader_.next();
    if (event == nullptr) return false;
    if (event->lane >= lane_seen_.size() || lane_seen_[event->lane] == 0) meet_lane(event->lane);
    const uint32_t process = reader_.process();
    if (head_.process != process) moved_.clear();
    head_.event = event;
    head_.process = process;
    head_.moved = any_moved() && has_moved(*event);
    head_.hashed = identified_ = false;
    return true;
  }
  // What is at hand, valid until the next advance(). Who it is and what it read in short is there
  // once it was asked for: of an event that meets its twin nobody does.
  const Sighting& head() const { return head_; }
  const Sighting& identified() {
    if (!identified_) identify();
    return head_;
  }
  // The same beside the other run's event, which is identified.
  const Sighting& identified_beside(const Sighting& other, Meeting meeting) {
    if (!identified_) identify_beside(other, meeting);
    return head_;
  }
  friend Meeting meeting(const TraceStream& first, const TraceStream& second);
  // An event of this run that was read again. Its op is none that moved.
  Sighting sighting_of(const instrument::Event& event, uint32_t process) const;
  const instrument::TraceReader& reader() const { return reader_; }
  bool any_moved() const { return !options_.moved.empty(); }
  const MovedOps& moved() const { return options_.moved; }
  std::vector<std::string> lanes() const;  // names of those with an event so far, sorted

  uint64_t last_step() const { return options_.last_step; }
  uint64_t process_hash(uint32_t lane) const { return lane_processes_[lane]; }
  uint64_t lane_hash(uint32_t lane) const { return lane_hashes_[lane]; }
  uint64_t op_in_process(const instrument::Event& event) const;
  uint64_t identity(const instrument::Event& event) const {
    return instrument::identity::in_lane(lane_hashes_[event.lane], event.kind,
                                         text_hashes_[event.op], text_hashes_[event.key],
                                         event.step, event.occurrence);
  }
  uint64_t identity_without_lane(const instrument::Event& event) const {
    return instrument::identity::without_lane(lane_processes_[event.lane], event.kind,
                                              text_hashes_[event.op], text_hashes_[event.key],
                                              event.step, event.occurrence);
  }

 private:
  void identify();
  void identify_beside(const Sighting& other, Meeting meeting);
  void hash_content();
  void meet_lane(uint32_t lane);
  bool has_moved(const instrument::Event& event) {
    const size_t place = event.op * kKinds + static_cast<size_t>(event.kind);
    if (place >= moved_.size() || moved_[place] == Moved::kUnknown) look_up_moved(event, place);
    return moved_[place] == Moved::kYes;
  }
  void look_up_moved(const instrument::Event& event, size_t place);

  instrument::TraceReader reader_;
  StreamOptions options_;
  Sighting head_;
  bool identified_ = false;
  std::vector<char> lane_seen_;
  static constexpr size_t kKinds = 16;  // so many the format has room for
  enum class Moved : uint8_t { kUnknown, kNo, kYes };
  std::vector<Moved> moved_;              // of the process at hand, by op and kind
  const std::vector<uint64_t>& text_hashes_;  // of the reader
  std::vector<uint64_t> lane_hashes_;         // of the name, by lane
  std::vector<uint64_t> lane_processes_;      // hash of the process's name, by lane
};

inline Meeting meeting(const TraceStream& first, const TraceStream& second) {
  const instrument::Event &a = *first.head_.event, &b = *second.head_.event;
  if (a.step != b.step || first.text_hashes_[a.op] != second.text_hashes_[b.op] ||
      first.text_hashes_[a.key] != second.text_hashes_[b.key] || a.kind != b.kind) {
    return Meeting::kApart;
  }
  if (!first.head_.moved) {
    const bool same = a.occurrence == b.occurrence &&
                      first.lane_hashes_[a.lane] == second.lane_hashes_[b.lane];
    return same ? Meeting::kTwins : Meeting::kApart;
  }
  if ((a.occurrence ^ b.occurrence) >> 32 != 0 ||
      first.lane_processes_[a.lane] != second.lane_processes_[b.lane]) {
    return Meeting::kApart;
  }
  const bool same = equal(a.inputs, b.inputs) && equal(a.outputs, b.outputs);
  return same ? Meeting::kTwins : Meeting::kOtherContent;
}

}  // namespace detaudit::auditor
