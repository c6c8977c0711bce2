#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "instrument/trace/event.h"

namespace detaudit::instrument {

// What the recorder knows of one thread. Lives on pages of its own, is reused after the thread
// ended.
// What pinned clocks show a thread: what it read itself, so that no schedule shows in them. By who
// reads: 0, the program; 1, a library.
struct PinnedClocks {
  uint64_t readings[2][3];  // of each kind of clock
  int64_t short_waits_ns;   // of those before which it looked at a clock
  uint8_t looked_last;      // 0: nobody; 1 + who reads
  bool looked;              // since its last wait
  bool may_be_deadline;     // its last reading: for a wait that it is about to begin
};

struct ThreadLane {
  static constexpr size_t kNameBytes = 160;
  char name[kNameBytes];
  uint64_t name_hash;
  uint64_t process_hash;  // of the process's name
  uint64_t birth;         // no other lane's of this process; 0 once its thread has ended
  uint32_t file_generation;  // of the trace file that `id` is of
  uint32_t id;
  uint32_t children;    // threads born of it
  uint32_t replaying;   // > 0: a body runs again; nothing is recorded
  uint32_t adapter_ops;  // open operations and spans of an adapter: what they call is their doing
  uint32_t one_worker;  // > 0: detaudit_workers answers 1
  uint32_t own_step;    // 1: the thread named its step itself
  uint64_t step;
  uint32_t rewinds;  // how often `step` went back
  uint32_t line;     // the next op's location
  const char* file;
  Phase phase;  // of what it does now, where an adapter says so
  uint64_t entropy_draws;   // of the seeded stream that stands for entropy
  PinnedClocks clocks;
  uint64_t schedule_state;
  uint64_t delay_since_ns;  // when the schedule's delays of this thread began to count
  uint64_t delayed_ns;      // by them, so far
  // The pool that the thread lent us: a detaudit_parallel_run and its first argument.
  void (*parallel_run)(void* pool, size_t blocks, void (*block)(void*, size_t), void* context);
  void* pool;
  void* (*start)(void*);  // what pthread_create was asked to run
  void* argument;
  size_t stack_bytes;  // of its stack that may be filled when it begins
  ThreadLane* next_free;
};

// Born of `parent`'s thread: "<parent>/t<n>". Null when there is no memory.
ThreadLane* new_thread_lane(ThreadLane& parent);
// Of no thread, with no name yet.
ThreadLane* new_lane();
void free_thread_lane(ThreadLane* lane);
void rename_lane(ThreadLane& lane, const char* first, const char* second);

// The calling thread's. Null when there is no memory for one.
ThreadLane* current_lane();
void adopt_lane(ThreadLane* lane);

// Once, before any thread: the calling thread is the process's first.
void start_lanes(const char* process_name);
// In a fork's child: the calling thread is now the first of `process_name`.
void restart_lanes(const char* process_name);

// True while the calling thread is inside the recorder: what the probes see then is our own doing.
extern constinit thread_local bool t_inside
    __attribute__((tls_model("initial-exec"), visibility("default")));

// Marks the calling thread as inside, unless it is already (a signal handler, or ourselves).
// Keeps errno as the subject left it.
class Inside {
 public:
  Inside() : entered_(!t_inside), errno_(errno) { t_inside = true; }
  ~Inside() {
    if (entered_) t_inside = false;
    errno = errno_;
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  explicit operator bool() const { return entered_; }
  // What the subject did meanwhile stands.
  void keep_errno() { errno_ = errno; }

 private:
  bool entered_;
  int errno_;
};

}  // namespace detaudit::instrument
