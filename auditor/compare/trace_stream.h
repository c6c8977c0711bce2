#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "instrument/trace/identity.h"
#include "instrument/trace/reader.h"

namespace detaudit::auditor {

enum class Side : uint8_t { kFirst, kSecond };

// The output of a batch that does not depend on the order of its samples.
inline constexpr size_t kSamplesOutput = 1;

// What an event read, in short. Unsound digests are equal to nothing.
struct Inputs {
  uint64_t hash = 0;
  bool any = false;
  bool sound = true;
};

// One event of one run on its way through the alignment. Valid as long as its event is.
struct Sighting {
  const instrument::Event* event = nullptr;
  uint64_t identity = 0;  // without the lane when `moved`
  uint64_t match = 0;     // two events at hand pair when equal: the identity; with what was read
                          // and written when `moved`
  uint64_t anywhere = 0;  // the identity without the lane, where it was asked for
  uint32_t process = 0;
  bool moved = false;     // of an op that lanes share out as it comes
  bool packed = false;    // it has waited: what it read is `inputs` alone, and event->inputs empty
  bool hashed = false;    // `inputs` is known, as it is when packed
  Inputs inputs;          // inputs_of() has them in any case
};
Inputs inputs_of(const Sighting& sighting);
bool same_inputs(const Sighting& a, const Sighting& b);  // all of them sound

// Mixes an identity with what an event read and wrote, or with some of it.
uint64_t content_hash(uint64_t identity, const Inputs& inputs,
                      std::span<const kernels::Digest> outputs = {});

// Ops, each of one kind in one process (TraceStream::op_in_process), whose events may have run in
// any lane of it.
using MovedOps = std::unordered_set<uint64_t>;

struct StreamOptions {
  uint64_t last_step = UINT64_MAX;  // leave out later events
  MovedOps moved;
  bool anywhere = false;            // Sighting::anywhere is wanted
};

// The events of one run up to a step, one at a time, and the lanes they were in.
class TraceStream {
 public:
  TraceStream(const std::filesystem::path& run, StreamOptions options);

  bool advance();                                 // false at the end
  // advance() in two parts: to pass over an event costs less than to know it.
  bool skim();      // of head() only the event and its process
  void identify() {  // the rest
    if (any_moved() || options_.anywhere) return identify_anywhere();
    head_.identity = head_.match = identity(*head_.event);
  }
  // An event of this run that was read again. Its op is none that moved.
  Sighting sighting_of(const instrument::Event& event, uint32_t process) const;
  const Sighting& head() const { return head_; }  // valid until the next advance()
  const instrument::TraceReader& reader() const { return reader_; }
  bool any_moved() const { return !options_.moved.empty(); }
  const MovedOps& moved() const { return options_.moved; }
  std::vector<std::string> lanes() const;  // names of those with an event so far, sorted

  uint64_t last_step() const { return options_.last_step; }
  uint64_t process_hash(uint32_t lane) const { return lane_processes_[lane]; }
  uint64_t op_in_process(const instrument::Event& event) const;
  uint64_t identity(const instrument::Event& event) const {
    return instrument::identity::in_lane(lane_hashes_[event.lane], event.kind,
                                         text_hashes_[event.op], text_hashes_[event.key],
                                         event.step, event.occurrence);
  }
  uint64_t identity_without_lane(const instrument::Event& event) const;

 private:
  void identify_anywhere();
  void meet_lane(uint32_t lane);
  bool has_moved(const instrument::Event& event);

  instrument::TraceReader reader_;
  StreamOptions options_;
  Sighting head_;
  std::vector<char> lane_seen_;
  enum class Moved : uint8_t { kUnknown, kNo, kYes };
  std::vector<Moved> moved_;              // of the process at hand, by op and kind
  const std::vector<uint64_t>& text_hashes_;  // of the reader
  std::vector<uint64_t> lane_hashes_;         // of the name, by lane
  std::vector<uint64_t> lane_processes_;      // hash of the process's name, by lane
};

}  // namespace detaudit::auditor
