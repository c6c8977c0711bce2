#pragma once

#include <cuda.h>

#include <cstdint>
#include <map>
#include <memory_resource>
#include <string>
#include <utility>

#include "instrument/cupti/stream_order.h"

namespace detaudit::instrument::cupti {

// A stream as the subject names it: a handle of a context, or a thread's own default stream.
struct StreamKey {
  CUcontext context;
  CUstream stream;
  uint64_t thread;  // of a per-thread default stream; else 0
  friend auto operator<=>(const StreamKey&, const StreamKey&) = default;
};

struct StreamEntry {
  StreamId id;
  std::pmr::string lane;  // "gpu0.s2": the third stream used of the first device
  bool foreign = false;   // another thread than the process's first used it first
  CUevent joint = nullptr;     // ours, for sweeps
  uint64_t joint_at = 0;       // of a thread's own stream: its work when the thread recorded that
  bool behind_sweeps = false;  // its next work waits for every sweep so far
};

// The streams of the process in the order of their first use by a thread, which is what names their
// lanes: "gpu0.s2@/t1" is the third that the thread /t1 was the first to use.
// A handle destroyed and given out again is another stream. Not thread-safe.
class StreamTable {
 public:
  StreamTable(StreamOrder& order, std::pmr::memory_resource* memory)
      : order_(order), entries_(memory), used_(memory) {}

  StreamEntry* find(const StreamKey& key);
  // `flags`: as cuStreamGetFlags gives them. `thread`: Sink::thread.
  StreamEntry& add(const StreamKey& key, int device, unsigned flags, const char* thread);
  // Its joint, which is nobody's from then on. A stream may be destroyed from any context.
  CUevent remove(StreamKey key);
  void remove_context(CUcontext context);
  std::pmr::map<StreamKey, StreamEntry>& all() { return entries_; }

 private:
  StreamOrder& order_;
  std::pmr::map<StreamKey, StreamEntry> entries_;
  // Streams so far, by device and thread.
  std::pmr::map<std::pair<int, std::pmr::string>, unsigned> used_;
};

// The handle that a call means: per-thread calls say 0 for the thread's own default stream.
StreamKey stream_key(CUcontext context, CUstream stream, bool per_thread, uint64_t thread);

}  // namespace detaudit::instrument::cupti
