#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "instrument/recorder/futex_lock.h"
#include "instrument/recorder/occurrences.h"
#include "instrument/recorder/operations.h"
#include "instrument/recorder/settings.h"
#include "instrument/recorder/thread_lane.h"
#include "instrument/trace/event.h"
#include "instrument/trace/writer.h"

namespace detaudit::instrument {

// True while this process records. Everything else may be asked only then, from Inside.
extern std::atomic<bool> g_recording;
inline bool recording() { return g_recording.load(std::memory_order_acquire); }

// What one event consists of, besides where it is.
struct EventContent {
  EventKind kind = EventKind::kOperation;
  std::span<const DeclaredBuffer> inputs;
  std::span<const DeclaredBuffer> outputs;
  double value = 0;
};

// The recorder's state, reachable only through this token: it holds the one lock for as long as it
// lives. The calling thread must be Inside.
class Session {
 public:
  Session();
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  TraceWriter& writer();
  Operations& operations();
  uint64_t process_step() const;

  // Where the lane's next event of this name is; counts it. False: this step is not recorded.
  bool place(ThreadLane& lane, EventKind kind, const char* op, const char* key, Place& place);
  void name_lane(ThreadLane& lane, const char* name);  // "<process>:<name>"
  void set_step(ThreadLane& lane, uint64_t step);
  // The order of the event written, for records that speak of it; its signature.
  struct Written {
    uint64_t order;
    uint32_t signature;
  };
  Written write(const Place& place, const EventContent& content);
};

uint64_t identity_of(const Place& place, EventKind kind);
uint64_t identity_without_lane_of(const Place& place, EventKind kind);

// A loss noticed where the lock cannot be taken.
void count_loss();

// Opens this process's trace when the environment asks for one; finish ends it.
void start_recording();
void finish_recording();
void set_flush(void (*flush)());  // see before_finish (foreign.h)
void finish_from_inside();  // for callers that are Inside already

}  // namespace detaudit::instrument
