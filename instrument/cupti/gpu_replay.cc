#include <algorithm>
#include <cstring>

#include "instrument/cupti/capture_mode.h"
#include "instrument/cupti/gpu_call.h"
#include "instrument/cupti/gpu_recorder.h"
#include "kernels/digest.h"

// A suspect kernel executed again on equal inputs, behind the subject's own launch in its stream:
// its buffers are copied before it, put back before each execution, and left as the subject's
// launch left them. The host waits for it, so that nothing of its thread meets the copies.
namespace detaudit::instrument::cupti {
namespace {

constexpr uint64_t kAlignment = 256;
constexpr unsigned kMostOfOneShape = 2;

uint64_t aligned(uint64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

uint64_t copied_bytes(const GpuRecord& record) {
  uint64_t bytes = 0;
  for (const Touch& touch : record.touches) bytes += aligned(touch.range.bytes());
  return bytes;
}

// The launch by name, grid and the sizes of what it was given.
uint64_t shape_of(const GpuRecord& record, const LaunchAction& launch, const char* op) {
  uint64_t shape = kernels::digest(op, std::strlen(op)).low;
  const auto mix = [&](uint64_t number) { shape = (shape ^ number) * 0x9e3779b97f4a7c15u; };
  for (unsigned i = 0; i < 3; ++i) mix(launch.grid[i] | uint64_t{launch.block[i]} << 32);
  for (const Touch& touch : record.touches) mix(touch.range.bytes());
  return shape;
}

}  // namespace

bool GpuRecorder::is_suspect(const Call& state) const {
  return settings_.replays > 0 && state.action.kind == ActionKind::kLaunch &&
         (!settings_.suspect || settings_.suspect(state.op));
}

// Counted for the report, and by kernel for the evidence on it.
void GpuRecorder::refuse_replay(const Call& state, Seen why) {
  constexpr size_t kMostKernels = 1024;
  coverage_.add(why);
  if (refused_.size() < kMostKernels) ++refused_[std::pmr::string(state.op, memory_)][why];
}

// Why a kernel is not to be executed again; kCount: it may be.
Seen GpuRecorder::why_no_replay(const Call& state) {
  const LaunchAction& launch = state.action.launch;
  // Their blocks wait for one another, for other kernels or for other devices.
  if (launch.cooperative || launch.attributes) return Seen::kReplayCooperative;
  if (std::strstr(state.op, "nccl") || std::strstr(state.op, "nvshmem")) return Seen::kReplayNccl;
  if (modules_.variables_of(state.op) != ModuleTable::Variables::kNone)
    return Seen::kReplayVariables;
  for (const Touch& touch : state.record->touches) {
    const Allocation* allocation = allocations_.find(touch.range.begin);
    if (!allocation || allocation->kind != MemoryKind::kDevice) return Seen::kReplayHostVisible;
    if (allocations_.extent(touch.range.begin, 0).end > touch.range.end) return Seen::kReplayNoRoom;
    if (!touch.rivals.empty()) return Seen::kReplayBeside;
  }
  if (copied_bytes(*state.record) > settings_.replay_bytes / 2) return Seen::kReplayNoRoom;
  const auto ready = replay_memory_.find(state.key.context);
  if (ready == replay_memory_.end() || !ready->second || replaying_) return Seen::kReplayNoRoom;
  if (work_beside(*state.record, state.key.context)) return Seen::kReplayBeside;
  return Seen::kCount;
}

// What other streams still do, or another thread is about to give, could meet the copies. Of work
// that is not digested nothing tells when it is over, but for what the host or a sweep waited for.
bool GpuRecorder::work_beside(const GpuRecord& record, CUcontext context) {
  const StreamId stream = record.point.stream;
  for (const GpuRecord* other : records_) {
    const bool under_way = other != &record && other->state == GpuRecord::State::kSubmitted;
    if (under_way && other->point.stream != stream &&
        !order_.ordered_before_next(other->point, stream))
      return true;
  }
  for (const auto& [other, count] : undigested_)
    if (!order_.ordered_before_next({other, count}, stream)) return true;
  return !work_of(context).one_call();
}

// Once a context, outside captures: memory for the copies.
void GpuRecorder::prepare_replays(CUcontext context) {
  if (settings_.replays == 0) return;
  CUdeviceptr memory = 0;
  if (driver_.cuMemAlloc(&memory, settings_.replay_bytes) != CUDA_SUCCESS) memory = 0;
  Lock lock(lock_);
  replay_memory_.insert_or_assign(context, memory);
}

// Decides; under the lock, before the launch.
void GpuRecorder::plan_replay(Call& state) {
  state.replaying = false;
  if (!is_suspect(state)) return;
  const uint64_t shape = shape_of(*state.record, state.action.launch, state.op);
  if (replayed_[shape] >= kMostOfOneShape) return;
  const Seen why = why_no_replay(state);
  if (why != Seen::kCount) return refuse_replay(state, why);
  ++replayed_[shape];
  state.copies = replay_memory_.at(state.key.context);
  replaying_ = state.key.context;
  state.replaying = true;
}

// What another thread gives meanwhile would meet the copies.
void GpuRecorder::wait_for_replay(Lock& lock, CUcontext context) {
  if (replaying_) wait_until(lock, Meanwhile::kSleep, [&] { return replaying_ != context; });
}

// As they are before the launch; without the lock.
void GpuRecorder::keep_buffers(Call& state) {
  if (copy_buffers(state, ReplayCopy::kBefore, false)) return;
  Lock lock(lock_);
  state.replaying = false;
  replaying_ = nullptr;
  coverage_.add(Seen::kReplayFailed);
}

// Copies all buffers of the record to (or from) the first or second half of the memory.
bool GpuRecorder::copy_buffers(const Call& state, ReplayCopy what, bool back) {
  CUdeviceptr at = state.copies;
  if (what == ReplayCopy::kAfter) at += settings_.replay_bytes / 2;
  bool good = true;
  for (const Touch& touch : state.record->touches) {
    const CUdeviceptr buffer = touch.range.begin;
    good &= driver_.cuMemcpyDtoDAsync(back ? buffer : at, back ? at : buffer, touch.range.bytes(),
                                      state.key.stream) == CUDA_SUCCESS;
    at += aligned(touch.range.bytes());
  }
  return good;
}

// Behind the launch and its digests; the lock is held, and given up meanwhile.
void GpuRecorder::replay(Lock& lock, Call& state) {
  GpuRecord& record = *state.record;
  const size_t touches = record.touches.size();
  // A sweep that is due behind it needs its own.
  const size_t swept = work_of(state.key.context).sweeping() ? allocations_.size() : 0;
  if (!make_room(lock, settings_.replays * touches + swept)) {
    coverage_.add(Seen::kReplayNoRoom);
    replaying_ = nullptr;
    return;
  }
  record.executions.clear();
  for (size_t i = 0; i < settings_.replays * touches; ++i)
    record.executions.push_back(cells_.take());
  // What was copied must not be marked as written meanwhile: nobody else is here, and it is put
  // back.
  lock.unlock();
  RelaxedCapture relaxed(driver_);
  bool good = copy_buffers(state, ReplayCopy::kAfter, false);
  for (uint32_t execution = 0; good && execution < settings_.replays; ++execution) {
    good = copy_buffers(state, ReplayCopy::kBefore, true) && launch_again(state);
    state.jobs.clear();
    for (size_t i = 0; i < touches; ++i)
      state.jobs.push_back({record.touches[i].range.begin, record.touches[i].range.bytes(),
                            record.executions[execution * touches + i]});
    good = good && device_.enqueue(state.key.context, state.key.stream, state.jobs) == touches;
    if (good) ++record.executed;
  }
  copy_buffers(state, ReplayCopy::kAfter, true);
  driver_.cuStreamSynchronize(state.key.stream);
  lock.lock();
  for (size_t i = record.executed * touches; i < record.executions.size(); ++i)
    cells_.fail(record.executions[i]);
  replaying_ = nullptr;
  coverage_.add(good ? Seen::kReplayed : Seen::kReplayFailed);
}

bool GpuRecorder::launch_again(const Call& state) {
  const LaunchAction& launch = state.action.launch;
  return driver_.cuLaunchKernel(launch.function, launch.grid[0], launch.grid[1], launch.grid[2],
                                launch.block[0], launch.block[1], launch.block[2],
                                launch.shared_bytes, state.key.stream, launch.parameters,
                                launch.extra) == CUDA_SUCCESS;
}

// What the executions gave, once all their digests are there: the subject's own is the first.
void GpuRecorder::tell_replays(const GpuRecord& record) {
  const size_t touches = record.touches.size();
  if (record.executed == 0 || touches == 0) return;
  std::pmr::vector<kernels::Digest> results(memory_), one(touches, memory_);
  uint32_t worst = 0;
  for (uint32_t execution = 0; execution <= record.executed; ++execution) {
    for (size_t i = 0; i < touches; ++i) {
      const Touch& touch = record.touches[i];
      const CellId cell =
          execution == 0 ? touch.after : record.executions[(execution - 1) * touches + i];
      if (cell == kNoCell || cells_.failed(cell) || !sound(record, touch))
        return coverage_.add(Seen::kReplayFailed);
      one[i] = cells_.digest(cell);
      if (one[i] != cells_.digest(touch.after)) worst = static_cast<uint32_t>(i);
    }
    results.push_back(kernels::combine_ordered(one));
  }
  std::sort(results.begin(), results.end(), [](const auto& a, const auto& b) {
    return a.low != b.low ? a.low < b.low : a.high < b.high;
  });
  ReplayCounts counts{static_cast<uint32_t>(results.size()), 0, 0, worst};
  uint32_t commonest = 0;
  for (size_t begin = 0, end; begin < results.size(); begin = end) {
    for (end = begin; end < results.size() && results[end] == results[begin];) ++end;
    commonest = std::max(commonest, static_cast<uint32_t>(end - begin));
    ++counts.distinct;
  }
  counts.unlike = counts.executions - commonest;
  sink_.replayed(record.ticket, counts);
}

}  // namespace detaudit::instrument::cupti
