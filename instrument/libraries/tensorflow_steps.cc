#include "instrument/libraries/tensorflow_steps.h"

#include <dlfcn.h>

#include <atomic>
#include <cstdio>

#include "instrument/libc/next_function.h"
#include "instrument/recorder/futex_lock.h"
#include "instrument/recorder/sources.h"

namespace detaudit::instrument {
namespace {

// Few bytes: what a preloaded library keeps for each thread is taken from every stack.
constinit thread_local uint32_t t_kernels __attribute__((tls_model("initial-exec"))) = 0;

struct Execution {
  std::atomic<int64_t> step_id;
  std::atomic<ThreadLane*> lane;
};
// Numbers are drawn by chance, and others than those of executions too: of each remainder the newest
// eight are kept, so that none in use is lost to one that happens to have its remainder.
constexpr size_t kRemainders = 4096, kNewest = 8;
struct Remainder {
  std::atomic<uint32_t> begun;
  Execution newest[kNewest];
};
constinit Remainder g_executions[kRemainders]{};

struct LaneOfThread {
  const ThreadLane* thread;
  ThreadLane* lane;
};
constexpr size_t kLanes = 64;  // threads that call TensorFlow; those beyond share the last one's
constinit LaneOfThread g_lanes[kLanes]{};
constinit FutexLock g_lock;

Remainder& remainder_of(int64_t step_id) {
  return g_executions[static_cast<uint64_t>(step_id) * 0x9e3779b97f4a7c15u >> 52];
}

Execution* find_execution(Remainder& remainder, int64_t step_id) {
  for (Execution& each : remainder.newest)
    if (each.step_id.load(std::memory_order_acquire) == step_id) return &each;
  return nullptr;
}

// What the calling thread executes now, it began: no kernel did, and no thread of TensorFlow's own.
bool begun_here() { return t_kernels == 0 && is_python_thread(); }

// The lane in which the calling thread's executions are: its own name, so that two are kept apart.
ThreadLane* lane_of_thread() {
  const ThreadLane* thread = probe_lane();
  if (!thread) return nullptr;
  g_lock.lock();
  size_t at = 0;
  while (at < kLanes - 1 && g_lanes[at].thread && g_lanes[at].thread != thread) ++at;
  ThreadLane* lane = g_lanes[at].lane;
  g_lock.unlock();
  if (lane) return lane;
  char name[ThreadLane::kNameBytes];
  std::snprintf(name, sizeof name, "tensorflow of %.140s", thread->name);
  lane = open_lane(name);
  g_lock.lock();
  if (!g_lanes[at].lane) g_lanes[at] = {thread, lane};
  lane = g_lanes[at].lane;
  g_lock.unlock();
  return lane;
}

ThreadLane* lane_of_caller() {
  if (!begun_here()) return nullptr;
  ProbeScope scope;
  if (!scope) return nullptr;
  ThreadLane* lane = lane_of_thread();
  const ThreadLane* thread = probe_lane();
  if (lane && thread) lane->phase = thread->phase;
  return lane;
}

}  // namespace

void begin_execution(int64_t step_id) {
  ThreadLane* lane = lane_of_caller();
  if (!lane) return;
  Remainder& remainder = remainder_of(step_id);
  Execution* known = find_execution(remainder, step_id);
  Execution& execution =
      known ? *known
            : remainder.newest[remainder.begun.fetch_add(1, std::memory_order_relaxed) % kNewest];
  execution.lane.store(nullptr, std::memory_order_relaxed);
  execution.step_id.store(step_id, std::memory_order_release);
  execution.lane.store(lane, std::memory_order_release);
}

ThreadLane* lane_of_execution(int64_t step_id) {
  if (step_id == 0) return lane_of_caller();
  const Execution* execution = find_execution(remainder_of(step_id), step_id);
  if (!execution) return nullptr;
  ThreadLane* lane = execution->lane.load(std::memory_order_acquire);
  return execution->step_id.load(std::memory_order_acquire) == step_id ? lane : nullptr;
}

KernelScope::KernelScope() { ++t_kernels; }
KernelScope::~KernelScope() { --t_kernels; }
bool KernelScope::inside() { return t_kernels > 0; }

bool is_python_thread() {
  static constinit std::atomic<void* (*)()> thread_state{nullptr};
  static constinit std::atomic<bool> looked{false};
  if (!looked.load(std::memory_order_acquire)) {
    thread_state.store(
        reinterpret_cast<void* (*)()>(dlsym(RTLD_DEFAULT, "PyGILState_GetThisThreadState")));
    looked.store(true, std::memory_order_release);
  }
  auto* state = thread_state.load(std::memory_order_relaxed);
  return state && state() != nullptr;
}

}  // namespace detaudit::instrument
