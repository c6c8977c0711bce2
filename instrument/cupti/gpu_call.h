#pragma once

#include <pthread.h>

#include <atomic>
#include <memory_resource>
#include <vector>

#include "instrument/cupti/gpu_record.h"
#include "instrument/cupti/gpu_recorder.h"
#include "kernels/digest.h"

namespace detaudit::instrument::cupti {

// One driver call of one thread, from its beginning to its end.
struct GpuRecorder::Call {
  explicit Call(std::pmr::memory_resource* memory)
      : captured(memory),
        graph_records(memory),
        host_bytes(memory),
        parameters(memory),
        pointers(memory),
        jobs(memory) {}

  bool active = false;
  unsigned nested = 0;  // calls made by this one, not followed
  Action action;
  const char* thread = "";     // its birth
  StreamKey key{};
  CUgraph capture = nullptr;   // the graph that the stream is being captured into
  bool capture_broken = false;
  GpuRecord* record = nullptr;
  bool capturing = false;      // `captured` is being filled
  CapturedLaunch captured;
  std::pmr::vector<GpuRecord*> graph_records;
  bool replaying = false;      // its buffers were copied: it is executed again behind this call
  CUdeviceptr copies = 0;      // where to
  bool outside = false;        // a launch that is not digested: followed only
  bool host_source = false;    // of a copy: memory that the host can read
  std::pmr::vector<std::byte> host_bytes;  // as it was then, where it may be a table of addresses
  CUcontext ending = nullptr;  // by this call, or perhaps
  bool counted = false;        // among the calls that give work to the context
  const char* op = "";
  const char* symbol = "";  // of a launch
  std::pmr::vector<std::byte> parameters;
  kernels::Digest parameter_digest;
  std::pmr::vector<FoundPointer> pointers;
  std::pmr::vector<DigestJob> jobs;
};

inline uint64_t this_thread() { return static_cast<uint64_t>(pthread_self()); }

// Unlike a thread's id, nobody else's later on.
inline uint64_t own_stream_of_thread() {
  static std::atomic<uint64_t> threads{0};
  thread_local const uint64_t number = ++threads;
  return number;
}

inline StreamKey key_of(const DriverCall& call, const Action& action) {
  return stream_key(call.context, action.stream, action.per_thread, own_stream_of_thread());
}

// Work of ours from where its buffers are looked up until the driver has it: who gives memory, or a
// stream, back meanwhile waits. Made under the lock.
class GpuRecorder::Submission {
 public:
  Submission(GpuRecorder& recorder, Lock& lock) : recorder_(recorder), lock_(lock) {
    recorder.begin_submission(*this);
  }
  ~Submission() { recorder_.end_submission(*this); }
  Submission(const Submission&) = delete;
  Submission& operator=(const Submission&) = delete;

 private:
  friend class GpuRecorder;
  GpuRecorder& recorder_;
  Lock& lock_;
  uint64_t number_ = 0;
  Submission* next_ = nullptr;  // of those under way
};

// False when it is not so within the time that we may take. The lock is given up meanwhile.
template <typename Done>
bool GpuRecorder::wait_until(Lock& lock, Meanwhile meanwhile, const Done& done) {
  if (done()) return true;
  const uint64_t give_up = clock_.now_ns() + settings_.wait_ns;
  do {
    lock.unlock();
    if (meanwhile == Meanwhile::kSleep || !drain()) clock_.sleep_ns(20'000);
    lock.lock();
    if (done()) return true;
  } while (clock_.now_ns() < give_up);
  return false;
}

inline bool is_work(ActionKind kind) {
  return kind == ActionKind::kLaunch || kind == ActionKind::kLaunchMany ||
         kind == ActionKind::kCopy || kind == ActionKind::kFill ||
         kind == ActionKind::kGraphLaunch;
}

// Set while the calling thread makes driver calls of ours: their callbacks are not the subject's.
class OwnCalls {
 public:
  OwnCalls() { ++depth_; }
  ~OwnCalls() { --depth_; }
  OwnCalls(const OwnCalls&) = delete;
  OwnCalls& operator=(const OwnCalls&) = delete;
  static bool inside() { return depth_ > 0; }

 private:
  static inline thread_local int depth_ = 0;
};

}  // namespace detaudit::instrument::cupti
