#pragma once

#include <pthread.h>

#include <memory_resource>
#include <vector>

#include "instrument/cupti/gpu_record.h"
#include "instrument/cupti/gpu_recorder.h"
#include "kernels/digest.h"

namespace detaudit::instrument::cupti {

// One driver call of one thread, from its beginning to its end.
struct GpuRecorder::Call {
  explicit Call(std::pmr::memory_resource* memory)
      : captured(memory), graph_records(memory), parameters(memory), pointers(memory), jobs(memory) {}

  bool active = false;
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

inline StreamKey key_of(const DriverCall& call, const Action& action) {
  return stream_key(call.context, action.stream, action.per_thread, this_thread());
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
