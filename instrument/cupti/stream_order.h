#pragma once

#include <cstdint>
#include <deque>
#include <memory_resource>
#include <span>
#include <unordered_map>
#include <vector>

namespace detaudit::instrument::cupti {

using StreamId = uint32_t;

// A point in a stream's work: everything submitted to it up to and including its `count`th piece.
struct StreamPoint {
  StreamId stream = 0;
  uint64_t count = 0;
};

// Which work is ordered after which (happens-before), from what the host asked for: streams run in
// order; events recorded and waited for; the host's synchronisation, which orders everything that
// is submitted later by whatever thread, since that work is over; a context's legacy default
// stream, which waits for its blocking streams and they for it. Vector clocks (Mattern 1989): an
// entry a stream. Not thread-safe. Submitting costs O(1) but for the default stream, joins O(streams).
class StreamOrder {
 public:
  enum class Kind : uint8_t { kLegacyDefault, kBlocking, kNonBlocking };

  explicit StreamOrder(std::pmr::memory_resource* memory)
      : memory_(memory), streams_(memory), removed_(memory), host_(memory), events_(memory) {}

  StreamId add(Kind kind, uint64_t context);
  // Its work keeps its place; the id is used again once the host knows that all of that is over.
  void remove(StreamId stream);

  // Next piece of work on the stream.
  StreamPoint submit(StreamId stream);
  void record(uint64_t event, StreamId stream);
  void wait(StreamId stream, uint64_t event);  // of an event never recorded: nothing
  void forget_event(uint64_t event);

  void host_waited_for(StreamId stream);
  void host_waited_for_event(uint64_t event);
  void host_waited_for_context(uint64_t context);

  // Each of these streams waits for all that was submitted to any of them, or to `others`.
  void level(std::span<const StreamId> streams, std::span<const StreamId> others);

  // The point lies before whatever the stream is asked next.
  bool ordered_before_next(StreamPoint point, StreamId stream) const;
  uint64_t submitted(StreamId stream) const { return streams_[stream].submitted; }
  size_t size() const { return streams_.size(); }

 private:
  using Clock = std::pmr::vector<uint64_t>;  // by stream; missing entries are 0
  struct Stream {
    Kind kind;
    uint64_t context;
    uint64_t submitted = 0;
    Clock after;  // what its next piece of work is ordered after
  };
  static void join(Clock& into, const Clock& from);
  static void join(Clock& into, StreamId stream, uint64_t count);
  static uint64_t at(const Clock& clock, StreamId stream);
  void join_everything(Clock& into, StreamId stream) const;

  std::pmr::memory_resource* memory_;
  std::pmr::vector<Stream> streams_;
  std::pmr::deque<StreamId> removed_;  // and not used again yet
  Clock host_;
  std::pmr::unordered_map<uint64_t, Clock> events_;
};

}  // namespace detaudit::instrument::cupti
