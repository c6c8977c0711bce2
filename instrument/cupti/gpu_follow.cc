#include <cstdio>

#include "instrument/cupti/capture_mode.h"
#include "instrument/cupti/gpu_call.h"
#include "instrument/cupti/gpu_recorder.h"

// What the host asks of the driver besides giving work: memory, order, contexts, code.
namespace detaudit::instrument::cupti {

void GpuRecorder::begin(const DriverCall& call, Call& state) {
  state.record = nullptr;
  state.capture = nullptr;
  state.capture_broken = state.capturing = state.outside = state.replaying = false;
  state.host_source = false;
  state.ending = nullptr;
  state.graph_records.clear();
  const Action& action = state.action;
  if (is_work(action.kind)) return begin_work(call, state);
  switch (action.kind) {
    // What is given back may be given out again before this call ends.
    case ActionKind::kFree:
    case ActionKind::kUnmap:
    case ActionKind::kUnload:
      return give_back(call, action);
    case ActionKind::kStreamDestroy:
    case ActionKind::kEventDestroy:
      return give_back_handle(call, action);
    case ActionKind::kGreenEnd:
      state.ending = context_of(action.green);
      return end_green(action.green, state.ending);
    case ActionKind::kContextEnd:
      state.ending = action.context;
      return end_context(state.ending);
    case ActionKind::kDeviceReset:
      state.ending = primary_context(action.device);
      if (!state.ending) state.ending = call.context;  // it answers no more
      return end_context(state.ending);
    // Perhaps the last release.
    case ActionKind::kContextReleased:
      state.ending = primary_context(action.device);
      return finish_context(state.ending);
    default:
      return;
  }
}

void GpuRecorder::end(const DriverCall& call, Call& state) {
  if (is_work(state.action.kind)) {
    end_work(call, state);
  } else if (state.action.kind == ActionKind::kContextReleased) {
    if (state.ending && !primary_context(state.action.device)) forget_context(state.ending);
    return;
  } else if (call.result == CUDA_SUCCESS) {
    follow(call, action_of(call, true));
  }
  const bool ended = state.ending && state.ending == call.context;
  if (call.context && !ended && call.result == CUDA_SUCCESS && !state.capture)
    make_ready(call.context);
}

// What sweeps see: in a run in which two threads' calls came in another order there is other memory
// at a sweep.
void GpuRecorder::note_memory(uint64_t context, MemoryKind kind, const char* what, uint64_t bytes) {
  if (kind != MemoryKind::kHost)
    work_of(reinterpret_cast<CUcontext>(context)).note(sink_.thread(), what, bytes);
}

// Null: there is none now.
CUcontext GpuRecorder::primary_context(CUdevice device) {
  unsigned flags = 0;
  int active = 0;
  CUcontext context = nullptr;
  RelaxedCapture relaxed(driver_);
  if (driver_.cuDevicePrimaryCtxGetState(device, &flags, &active) != CUDA_SUCCESS || !active ||
      driver_.cuDevicePrimaryCtxRetain(&context, device) != CUDA_SUCCESS)
    return nullptr;
  driver_.cuDevicePrimaryCtxRelease(device);
  return context;
}

// The last chance for what the context still computes. It need not be the thread's own.
void GpuRecorder::finish_context(CUcontext context) {
  {
    Lock lock(lock_);
    if (!context || !device_.ready(context)) return;
  }
  CUcontext current = nullptr;
  driver_.cuCtxGetCurrent(&current);
  if (current != context && driver_.cuCtxPushCurrent(context) != CUDA_SUCCESS) return;
  sweep_rest(context);
  driver_.cuCtxSynchronize();
  drain();
  if (current != context) driver_.cuCtxPopCurrent(&context);
}

// A part of a device has the memory of the device's primary context, streams of its own, and may be
// used by those of the primary one: what a sweep would have to wait for is not known.
void GpuRecorder::follow_green(const Action& action) {
  constexpr const char* kWhy = "parts of a device (green contexts) were used: their work is not swept";
  if (action.kind == ActionKind::kGreenMade) {
    const CUcontext primary = primary_context(action.device);
    Lock lock(lock_);
    if (!primary || !action.green) return;
    green_.insert_or_assign(action.green, Green{primary, nullptr});
    return work_of(primary).leave_unswept(kWhy);
  }
  Lock lock(lock_);
  const auto found = green_.find(action.green);
  if (found == green_.end() || !action.context) return;
  found->second.context = action.context;
  primary_of_.insert_or_assign(action.context, found->second.primary);
  work_of(action.context).leave_unswept(kWhy);
}

// Null: nobody asked for it as one.
CUcontext GpuRecorder::context_of(CUgreenCtx green) {
  Lock lock(lock_);
  const auto found = green_.find(green);
  return found == green_.end() ? nullptr : found->second.context;
}

void GpuRecorder::end_green(CUgreenCtx green, CUcontext context) {
  end_context(context);
  Lock lock(lock_);
  green_.erase(green);
  primary_of_.erase(context);
}

// Whose memory the context's is.
CUcontext GpuRecorder::owner_of(CUcontext context) const {
  const auto found = primary_of_.find(context);
  return found == primary_of_.end() ? context : found->second;
}

void GpuRecorder::end_context(CUcontext context) {
  finish_context(context);
  if (context) forget_context(context);
}

// The primary context keeps its handle when it is made again.
void GpuRecorder::forget_context(CUcontext context) {
  const auto number = reinterpret_cast<uint64_t>(context);
  device_.forget(context);
  Lock lock(lock_);
  coverage_.add(Seen::kBehindLastSweep, work_of(context).give_up_unswept());
  prepared_.erase(context);
  replay_memory_.erase(context);
  sweep_ends_.erase(context);
  order_.host_waited_for_context(number);
  for (const Range& range : allocations_.of_context(number, memory_)) forget_memory(range);
  streams_.remove_context(context);
  std::erase_if(peers_, [&](const auto& pair) {
    return pair.first == context || pair.second == context;
  });
  for (GpuRecord* record : records_) {
    if (record->context != context) continue;
    for (Touch& touch : record->touches)
      for (CellId cell : {touch.before, touch.after})
        if (cell != kNoCell) cells_.fail(cell);
    for (CellId cell : record->executions) cells_.fail(cell);
  }
  std::erase_if(primary_of_, [&](const auto& pair) { return pair.second == context; });
  std::erase_if(green_, [&](const auto& pair) { return pair.second.primary == context; });
  layouts_.clear();
  if (!prepared_.empty()) return;  // which graphs were whose is not known
  graphs_.forget_all();
  give_up_graphs();
  graphs_lost_ = false;
}

// The first call that ends well outside a capture prepares the context.
void GpuRecorder::make_ready(CUcontext context) {
  {
    Lock lock(lock_);
    if (device_.ready(context) || !prepared_.emplace(context, Prepared::kUnderWay).second) return;
  }
  const auto prepare = [&] {
    RelaxedCapture relaxed(driver_);
    if (const char* why = device_.prepare(context)) sink_.lose(1, why);
    tell_device();
    prepare_replays(context);
  };
  const auto done = [&] {
    Lock lock(lock_);
    if (const auto found = prepared_.find(context); found != prepared_.end())
      found->second = Prepared::kDone;
  };
  try {
    prepare();
  } catch (...) {
    done();
    throw;
  }
  done();
}

// By another thread: which launches it would miss until then would be by chance.
void GpuRecorder::wait_until_ready(CUcontext context) {
  const uint64_t give_up = clock_.now_ns() + settings_.wait_ns;
  for (;;) {
    {
      Lock lock(lock_);
      const auto found = prepared_.find(context);
      if (found == prepared_.end() || found->second == Prepared::kDone) return;
    }
    if (clock_.now_ns() >= give_up)
      return sink_.lose(1, "a context was not prepared in time by another thread");
    clock_.sleep_ns(20'000);
  }
}

void GpuRecorder::tell_device() {
  CUdevice device = 0;
  int version = 0;
  char name[128] = "";
  if (driver_.cuCtxGetDevice(&device) != CUDA_SUCCESS ||
      driver_.cuDeviceGetName(name, sizeof name, device) != CUDA_SUCCESS ||
      driver_.cuDriverGetVersion(&version) != CUDA_SUCCESS)
    return;
  char told[160];
  std::snprintf(told, sizeof told, "gpu%d: %s", device, name);
  sink_.cover(kCudaOfDevice, told, static_cast<uint64_t>(version));
}

// Memory that a graph is to give is there while it runs: known by its address alone.
void GpuRecorder::allocated(Lock& lock, const DriverCall& call, Action action) {
  if (action.in_stream) {
    const StreamKey key = key_of(call, action);
    stream_of(key);  // a sweep is to wait for it
    if (captured(lock, key.stream)) action.memory = MemoryKind::kOpaque;
  }
  Range range = action.destination;
  if (range.begin == 0) return;
  const auto owner = reinterpret_cast<uint64_t>(owner_of(call.context));
  const bool length_unknown = action.memory == MemoryKind::kPeer;
  if (length_unknown) {
    CUdeviceptr base = 0;
    size_t bytes = 0;
    lock.unlock();
    const CUresult found = driver_.cuMemGetAddressRange(&base, &bytes, range.begin);
    lock.lock();
    if (found == CUDA_SUCCESS) range = {base, base + bytes};
  }
  const Allocation* known = allocations_.find(range.begin);
  const bool asked_again = known && known->range == range && action.owner &&
                           known->owner == action.owner && !action.mapped;
  if (asked_again) return;
  buffers_.forget(range);
  addresses_.remove(range);
  const bool foreign = action.mapped && foreign_handles_.contains(action.owner);
  allocations_.add(range, action.memory, owner,
                   {action.mapped, foreign, action.mapped ? 0 : action.owner});
  note_memory(owner, action.memory, "allocate", range.bytes());
}

void GpuRecorder::follow(const DriverCall& call, const Action& action) {
  if (action.kind == ActionKind::kGraphInstantiate || action.kind == ActionKind::kGraphUpdate)
    return learn_graph(call.context, action);
  if (action.kind == ActionKind::kGreenMade || action.kind == ActionKind::kGreenGiven)
    return follow_green(action);
  Lock lock(lock_);
  switch (action.kind) {
    case ActionKind::kAllocate:
      return allocated(lock, call, action);
    case ActionKind::kAccess:
      note_memory(reinterpret_cast<uint64_t>(call.context), action.memory, "access",
                  action.destination.bytes());
      return allocations_.set_access(action.destination, action.memory);
    case ActionKind::kForeignHandle:
      foreign_handles_.insert(action.owner);
      return;
    case ActionKind::kPeerOpened:
      peers_.emplace(owner_of(call.context), owner_of(action.context));
      return;
    case ActionKind::kPeerClosed:
      peers_.erase({owner_of(call.context), owner_of(action.context)});
      return;
    case ActionKind::kTensorMap:
      if (action.tensor_map) maps_.add(action.tensor_map, action.address);
      return;
    case ActionKind::kGraphExtended:
      if (graphs_.find(action.graph)) graphs_.capture(action.graph).opaque = true;
      return allocated(lock, call, action);
    case ActionKind::kGraphsChanged:
      return graphs_.forget_graphs();
    case ActionKind::kCaptureReordered:
      return reorder_capture(lock, key_of(call, action));
    case ActionKind::kGraphDestroy:
      if (action.graph) graphs_.forget(action.graph);
      if (action.exec) graphs_.forget(action.exec);
      return;
    case ActionKind::kHostFunction:
      // Host code may write what the device sees.
      return buffers_.mark_all(next_number_);
    case ActionKind::kMemoryWait:
      return work_of(call.context).leave_unswept(kWaitsForValues);
    case ActionKind::kUnknown:
      coverage_.add(Seen::kLaterCalls);
      return buffers_.mark_all(next_number_);  // it may write anything that is mapped
    default:
      return follow_order(lock, call, action);
  }
}

void GpuRecorder::follow_order(Lock& lock, const DriverCall& call, const Action& action) {
  const StreamKey key = key_of(call, action);
  const auto event = reinterpret_cast<uint64_t>(action.event);
  switch (action.kind) {
    case ActionKind::kEventRecord:
      follow_capture(key, action);
      order_.record(event, stream_of(key).id);
      return record_joint(lock, key);
    case ActionKind::kStreamWait:
      follow_capture(key, action);
      order_.wait(stream_of(key).id, event);
      return record_joint(lock, key);
    case ActionKind::kStreamWaited:
      if (StreamEntry* entry = streams_.find(key)) order_.host_waited_for(entry->id);
      return;
    case ActionKind::kEventWaited:
      return order_.host_waited_for_event(event);
    case ActionKind::kContextWaited:
      return order_.host_waited_for_context(
          reinterpret_cast<uint64_t>(action.context ? action.context : call.context));
    default:
      return;
  }
}

}  // namespace detaudit::instrument::cupti
