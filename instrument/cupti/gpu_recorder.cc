#include "instrument/cupti/gpu_recorder.h"

#include <pthread.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "instrument/cupti/gpu_call.h"

namespace detaudit::instrument::cupti {
namespace {

Seen why_unknown(const Action& action) {
  if (action.kind == ActionKind::kLaunchMany) return Seen::kSeveralDevices;
  if (action.kind == ActionKind::kGraphLaunch) return Seen::kGraphChanged;
  return action.opaque ? Seen::kOpaqueCopies : Seen::kUnreadableParameters;
}

Seen digested(ActionKind kind) {
  if (kind == ActionKind::kLaunch) return Seen::kLaunchesDigested;
  return kind == ActionKind::kGraphLaunch ? Seen::kGraphLaunchesDigested : Seen::kCopiesDigested;
}

}  // namespace

GpuRecorder::GpuRecorder(const Parts& parts, const GpuSettings& settings)
    : driver_(parts.driver),
      device_(parts.device),
      sink_(parts.sink),
      clock_(parts.clock),
      memory_(parts.memory),
      settings_(settings),
      modules_(memory_),
      allocations_(memory_),
      addresses_(memory_),
      order_(memory_),
      capture_order_(memory_),
      streams_(order_, memory_),
      maps_(memory_),
      cells_(parts.device.slots(), memory_),
      buffers_(cells_, memory_),
      graphs_(memory_),
      layouts_(memory_),
      calls_(memory_),
      prepared_(memory_),
      names_(memory_),
      records_(memory_),
      contexts_(memory_),
      sweep_ends_(memory_),
      touched_(memory_),
      swept_(memory_),
      undigested_(memory_),
      replay_memory_(memory_),
      replayed_(memory_),
      refused_(memory_),
      peers_(memory_),
      foreign_handles_(memory_),
      green_(memory_),
      primary_of_(memory_) {}

GpuRecorder::~GpuRecorder() {
  for (GpuRecord* record : records_) destroy(*record);
}

bool GpuRecorder::left_alone() noexcept {
  if (!abandoned_.load(std::memory_order_relaxed)) return false;
  if (!told_.exchange(true)) sink_.cover("forked processes that used the driver", "", 1);
  return true;
}

void GpuRecorder::before(const DriverCall& call) noexcept {
  if (OwnCalls::inside() || left_alone()) return;
  OwnCalls own;
  try {
    Call* state;
    {
      Lock lock(lock_);
      if (finished_) return;
      state = &calls_.try_emplace(this_thread(), memory_).first->second;
    }
    if (state->active) {  // a call made by a call: the outer one is followed
      ++state->nested;
      return;
    }
    state->action = action_of(call, false);
    if (state->action.kind == ActionKind::kNone) return;
    state->thread = sink_.thread();
    state->active = true;
    begin(call, *state);
  } catch (...) {
    sink_.lose(1, "no memory left for what the GPU does");
  }
}

void GpuRecorder::after(const DriverCall& call) noexcept {
  if (OwnCalls::inside() || left_alone()) return;
  OwnCalls own;
  try {
    Call* state;
    {
      Lock lock(lock_);
      auto found = calls_.find(this_thread());
      if (found == calls_.end() || !found->second.active) return;
      state = &found->second;
    }
    if (state->nested) {
      --state->nested;
      return;
    }
    end(call, *state);
    state->active = false;
  } catch (...) {
    sink_.lose(1, "no memory left for what the GPU does");
    Lock lock(lock_);
    if (auto found = calls_.find(this_thread()); found != calls_.end()) {
      give_up(found->second);
      if (found->second.replaying) replaying_ = nullptr;
      if (found->second.counted) work_of(found->second.key.context).end_call();
      found->second.counted = false;
      found->second.active = false;
    }
  }
}

void GpuRecorder::give_up(Call& state) {
  const auto leave = [&](GpuRecord& record) {
    leave_out(record, Seen::kNoRoom);
    record.in_call = false;
  };
  if (state.record) leave(*state.record);
  for (GpuRecord* record : state.graph_records) leave(*record);
}

StreamEntry& GpuRecorder::stream_of(const StreamKey& key) {
  if (StreamEntry* entry = streams_.find(key)) return *entry;
  int device = 0;
  unsigned flags = 0;
  lock_.unlock();  // no driver call under the lock
  driver_.cuCtxGetDevice(&device);
  if (key.stream != CU_STREAM_LEGACY && key.stream != CU_STREAM_PER_THREAD)
    driver_.cuStreamGetFlags(key.stream, &flags);
  lock_.lock();
  if (StreamEntry* entry = streams_.find(key)) return *entry;
  return streams_.add(key, device, flags, sink_.thread());
}

// Takes the record's place in the lane of the stream and of the thread that gives the work: which
// of two threads comes first may be another in each run.
bool GpuRecorder::place(const Call& state, const char* op, GpuRecord& record) {
  const StreamEntry* entry = streams_.find(state.key);
  if (!entry) return false;
  if (!*state.thread && !entry->foreign)
    return sink_.place(entry->lane.c_str(), op, nullptr, record.ticket);
  char lane[256];
  std::snprintf(lane, sizeof lane, "%s%s", entry->lane.c_str(),
                *state.thread ? state.thread : "/first");
  return sink_.place(lane, op, nullptr, record.ticket);
}

// What the driver does not tell is taken for a capture that cannot be used.
CUstreamCaptureStatus GpuRecorder::capture_of(CUstream stream, CUgraph* graph) {
  CUstreamCaptureStatus status = CU_STREAM_CAPTURE_STATUS_NONE;
  cuuint64_t id = 0;
  const CUresult result =
      driver_.cuStreamGetCaptureInfo(stream, &status, &id, graph, nullptr, nullptr, nullptr);
  return result == CUDA_SUCCESS ? status : CU_STREAM_CAPTURE_STATUS_INVALIDATED;
}

// The lock is given up meanwhile.
bool GpuRecorder::captured(Lock& lock, CUstream stream) {
  if (stream == CU_STREAM_LEGACY) return false;
  lock.unlock();
  const CUstreamCaptureStatus status = capture_of(stream);
  lock.lock();
  return status != CU_STREAM_CAPTURE_STATUS_NONE;
}

void GpuRecorder::ask_capture(Call& state) {
  state.capture = nullptr;
  state.capture_broken = false;
  if (state.key.stream == CU_STREAM_LEGACY) return;  // it cannot be captured
  CUgraph graph = nullptr;
  const CUstreamCaptureStatus status = capture_of(state.key.stream, &graph);
  state.capture_broken = status == CU_STREAM_CAPTURE_STATUS_INVALIDATED;
  if (status == CU_STREAM_CAPTURE_STATUS_ACTIVE) state.capture = graph;
}

// Where CUPTI does not say; mangled.
const char* GpuRecorder::symbol_of(CUfunction function) {
  const char* name = nullptr;
  if (driver_.cuFuncGetName(&name, function) == CUDA_SUCCESS && name) return name;
  if (driver_.cuKernelGetName(&name, reinterpret_cast<CUkernel>(function)) == CUDA_SUCCESS && name)
    return name;
  return "kernel";
}

// Not known to the driver: memory of the process that anybody may read.
bool GpuRecorder::is_plain_memory(uint64_t address) {
  unsigned type = 0;
  return driver_.cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, address) ==
         CUDA_ERROR_INVALID_VALUE;
}

GpuRecord& GpuRecorder::new_record(CUcontext context) {
  void* storage = memory_->allocate(sizeof(GpuRecord), alignof(GpuRecord));
  auto* record = new (storage) GpuRecord(memory_);
  record->number = next_number_++;
  record->context = context;
  records_.push_back(record);
  return *record;
}

// Digests behind it were never asked for.
void GpuRecorder::leave_out(GpuRecord& record, Seen why) {
  coverage_.add(why);
  for (const Touch& touch : record.touches)
    if (touch.after != kNoCell) cells_.fail(touch.after);
  record.state = GpuRecord::State::kLeftOut;
}

// By chance: another run may have had the room, so this one is lossy.
void GpuRecorder::lose_for_room(GpuRecord& record) {
  leave_out(record, Seen::kNoRoom);
  sink_.lose(1, "no room was left for the digests of a launch");
}

void GpuRecorder::begin_work(const DriverCall& call, Call& state) {
  const Action& action = state.action;
  state.key = key_of(call, action);
  ask_capture(state);
  if (!state.capture && !state.capture_broken) wait_until_ready(call.context);
  if (action.kind == ActionKind::kLaunch)
    state.symbol = call.symbol ? call.symbol : symbol_of(action.launch.function);
  if (action.host_reads || action.either_reads)
    state.host_source = action.host_reads || is_plain_memory(action.source.begin);
  read_host_bytes(state);
  Lock lock(lock_);
  const StreamId stream = stream_of(state.key).id;
  wait_for_replay(lock, call.context);
  if (!state.capture && !state.capture_broken) wait_for_sweep(lock, state.key);
  ContextWork& work = work_of(call.context);
  work.begin_call();
  state.counted = true;
  state.outside = !work.fine();
  switch (action.kind) {
    case ActionKind::kLaunch:
      coverage_.add(Seen::kLaunches);
      state.op = state.symbol;
      modules_.launched(state.op, sink_.library_call());
      work.add_launch();
      break;
    case ActionKind::kLaunchMany:
      break;
    case ActionKind::kCopy:
      coverage_.add(Seen::kCopies);
      if (action.waits_for_memory) work.leave_unswept(kWaitsForValues);
      state.op = action.name;
      break;
    case ActionKind::kFill:
      coverage_.add(Seen::kFills);
      state.op = action.name;
      break;
    default:
      coverage_.add(Seen::kGraphLaunches);
      state.op = "graph";
      work.add_launch();
      break;
  }
  work.note(state.thread, state.op, action.destination.bytes());
  if (state.capture || state.capture_broken) {
    if (is_suspect(state)) refuse_replay(state, Seen::kReplayInGraph);
    return begin_capture(lock, state);
  }
  if (action.kind == ActionKind::kGraphLaunch) {
    const GraphContent* content = graphs_.find(action.exec);
    if (content && content->captured) return begin_graph(lock, state, stream);
  }
  Submission submission(*this, lock);
  GpuRecord& record = new_record(call.context);
  state.record = &record;
  record.submitted_before = order_.submitted(stream);
  if (!find_touches(state, action)) {
    buffers_.mark_all(record.number);  // it may write anything that is mapped
    leave_out(record, why_unknown(action));
  } else {
    digest_before(lock, state, stream);
  }
  if (record.state == GpuRecord::State::kLeftOut) {
    if (is_suspect(state)) refuse_replay(state, Seen::kReplayUndigested);
    return;
  }
  record.placed = place(state, state.op, record);
  if (record.placed) plan_replay(state);
  lock.unlock();
  submit_jobs(state);
  if (state.replaying) keep_buffers(state);
}

// Or says why not.
void GpuRecorder::digest_before(Lock& lock, Call& state, StreamId stream) {
  GpuRecord& record = *state.record;
  if (state.outside) {
    leave_out(record, Seen::kOutsideWindow);
  } else {
    ContextWork& work = work_of(state.key.context);
    for (const Touch& touch : record.touches) work.add_reached(touch.range.bytes());
    if (!device_.ready(state.key.context))
      leave_out(record, Seen::kNotReady);
    else if (!take_before(lock, state, stream))
      lose_for_room(record);
    else
      meet_rivals(record, {stream, record.submitted_before + 1});
  }
  mark_written(record);
}

// False when the cells do not come free in time: a device that waits for the host frees none.
bool GpuRecorder::make_room(Lock& lock, size_t cells) {
  if (cells > device_.slots()) return false;
  return wait_until(lock, Meanwhile::kDrain, [&] {
    cells_.reclaim(device_);
    return cells_.free_cells() >= cells;
  });
}

void GpuRecorder::submit_jobs(Call& state) {
  if (state.jobs.empty()) return;
  const size_t done = device_.enqueue(state.key.context, state.key.stream, state.jobs);
  if (done == state.jobs.size()) return;
  Lock lock(lock_);
  for (size_t i = done; i < state.jobs.size(); ++i) cells_.fail(state.jobs[i].slot);
}

void GpuRecorder::end_work(const DriverCall& call, Call& state) {
  // What the callback at the beginning named it may be gone with that.
  if (state.action.kind == ActionKind::kLaunch)
    state.op = call.symbol ? call.symbol : symbol_of(state.action.launch.function);
  Lock lock(lock_);
  const bool failed = call.result != CUDA_SUCCESS;
  finish_work(lock, state, failed);
  state.record = nullptr;  // from here on it may be written and gone
  state.graph_records.clear();
  end_call(lock, state);
}

void GpuRecorder::finish_work(Lock& lock, Call& state, bool failed) {
  for (CUevent event : state.action.launch.events)
    if (event) forget_event(event);  // what it is behind now is not known
  if (state.capturing) return end_capture(lock, state, failed);
  if (state.capture || state.capture_broken) return;
  const StreamId stream = stream_of(state.key).id;
  if (!state.record) return end_graph(state, stream, failed);
  GpuRecord& record = *state.record;
  record.in_call = false;
  if (failed) {
    if (record.state == GpuRecord::State::kOpen) leave_out(record, Seen::kLaunchFailed);
    if (state.replaying) replaying_ = nullptr;
    return;
  }
  record.torn = order_.submitted(stream) != record.submitted_before;
  record.point = order_.submit(stream);
  if (record.state == GpuRecord::State::kOpen) {
    Submission submission(*this, lock);
    take_after(state);
    lock.unlock();
    submit_jobs(state);
    lock.lock();
    if (state.replaying) replay(lock, state);
    record.state = GpuRecord::State::kSubmitted;
    coverage_.add(digested(state.action.kind));
  } else {
    undigested_[stream] = record.point.count;
  }
  if (state.action.synchronous && !writes_device(state.action)) order_.host_waited_for(stream);
}

// Else it copies to the host, which then waits for it.
bool GpuRecorder::writes_device(const Action& action) const {
  const Allocation* allocation = allocations_.find(action.destination.begin);
  return allocation && allocation->kind != MemoryKind::kHost;
}

void GpuRecorder::loaded(const ModuleImage& image) noexcept {
  if (left_alone()) return;
  try {
    modules_.loaded(image.cubin);
  } catch (...) {
    sink_.cover("modules whose code could not be read", "", 1);
  }
}

// What its kernels could do stays known: they were launched. Their handles may be others' soon.
void GpuRecorder::unloaded(uint32_t) noexcept {
  if (!left_alone()) layouts_stale_.store(true);
}

}  // namespace detaudit::instrument::cupti
