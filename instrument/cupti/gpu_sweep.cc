#include <algorithm>
#include <cstdio>
#include <cstring>

#include "instrument/cupti/capture_mode.h"
#include "instrument/cupti/gpu_call.h"
#include "instrument/cupti/gpu_recorder.h"

// The coarse granularity: all mapped memory every so many launches, at a moment that every stream
// of the context agrees on, without stopping the host. A sweep is an event whose input is what the
// sweep before it found: it is an origin where memory parted since then.
namespace detaudit::instrument::cupti {
namespace {

// What happened since the sweep before, as people count: from 1. One launch by its name, too; and
// who gave the work, unless it was the process's first thread alone.
void name_window(char* text, size_t bytes, const ContextWork::Window& window, const char* behind,
                 const ContextWork& work) {
  const auto first = static_cast<unsigned long long>(window.first);
  const auto last = static_cast<unsigned long long>(window.last);
  const int length = first == last && *behind
                         ? std::snprintf(text, bytes, "launch %llu (%.400s)", first, behind)
                         : std::snprintf(text, bytes, "launches %llu to %llu", first, last);
  if (length <= 0) return;
  char* end = text + length;
  const size_t left = bytes - static_cast<size_t>(length);
  const std::string_view thread = work.thread();
  if (work.order())
    std::snprintf(end, left, ", in order %016llx", static_cast<unsigned long long>(work.order()));
  else if (!thread.empty())
    std::snprintf(end, left, ", by thread %.*s", static_cast<int>(thread.size()), thread.data());
}

}  // namespace

ContextWork& GpuRecorder::work_of(CUcontext context) {
  return contexts_.try_emplace(context, settings_, memory_).first->second;
}

void GpuRecorder::end_call(Lock& lock, Call& state) {
  if (!state.counted) return;
  ContextWork& work = work_of(state.key.context);
  const bool launched =
      state.action.kind == ActionKind::kLaunch || state.action.kind == ActionKind::kGraphLaunch;
  if (launched && !state.capture && !state.capture_broken) {
    if (work.changes_over()) change_over(work, stream_of(state.key).lane.c_str());
    if (work.sweep_due()) sweep(lock, state.key, state.op);
  }
  work.end_call();
  state.counted = false;
  record_joint(lock, state.key);
}

// Told at once: what comes later may never be.
void GpuRecorder::change_over(const ContextWork& work, const char* lane) {
  char device[32] = "";
  const char* dot = std::strchr(lane, '.');
  if (dot) std::snprintf(device, sizeof device, "%.*s", static_cast<int>(dot - lane), lane);
  sink_.cover(kLaunchesBeforeSweeps, device, work.launches());
  sink_.cover(kBytesBeforeSweeps, device, work.reached_bytes());
}

// `raced`: a thread gave work to a stream of its own that nobody else can name, and did not record
// it.
GpuRecorder::Joints GpuRecorder::streams_beside(const StreamKey& own, bool& raced) {
  Joints others(memory_);
  for (const auto& [key, entry] : streams_.all()) {
    if (key.context != own.context || key == own) continue;
    if (key.thread && entry.joint_at != order_.submitted(entry.id))
      raced = true;
    else
      others.push_back({key, entry.id, entry.joint});
  }
  return others;
}

// Without the lock. A stream that is captured, or the default stream beside one, is not to be
// touched: that would break the capture.
bool GpuRecorder::wait_for_streams(const StreamKey& own, Joints& others) {
  for (const Joint& other : others)
    if (!other.key.thread && capture_of(other.key.stream) != CU_STREAM_CAPTURE_STATUS_NONE)
      return false;
  for (Joint& other : others) {
    if (!other.event) driver_.cuEventCreate(&other.event, CU_EVENT_DISABLE_TIMING);
    if (!other.key.thread && driver_.cuEventRecord(other.event, other.key.stream) != CUDA_SUCCESS)
      return false;
    if (driver_.cuStreamWaitEvent(own.stream, other.event, 0) != CUDA_SUCCESS) return false;
  }
  return true;
}

// Null where they cannot be told to. A thread's own stream is told by the thread, before its next
// work.
CUevent GpuRecorder::let_streams_wait(const StreamKey& own, const Joints& others, CUevent end) {
  if (!end) driver_.cuEventCreate(&end, CU_EVENT_DISABLE_TIMING);
  if (driver_.cuEventRecord(end, own.stream) != CUDA_SUCCESS) return nullptr;
  for (const Joint& other : others)
    if (!other.key.thread && driver_.cuStreamWaitEvent(other.key.stream, end, 0) != CUDA_SUCCESS)
      return nullptr;
  return end;
}

uint64_t GpuRecorder::mapped_in(CUcontext context) const {
  uint64_t bytes = 0;
  for (const auto& [begin, allocation] : allocations_.all())
    if (allocation.context == reinterpret_cast<uint64_t>(context))
      bytes += allocation.range.bytes();
  return bytes;
}

// In the order in which the memory was given: addresses are not the same in another run.
void GpuRecorder::fill_sweep(GpuRecord& record, CUcontext context,
                             std::pmr::vector<DigestJob>& jobs) {
  std::pmr::vector<const Allocation*> swept(memory_);
  for (const auto& [begin, allocation] : allocations_.all())
    if (allocation.context == reinterpret_cast<uint64_t>(context) &&
        allocation.kind != MemoryKind::kHost && allocation.kind != MemoryKind::kOpaque)
      swept.push_back(&allocation);
  // detaudit: allow(DET222) ordinals are unique
  std::sort(swept.begin(), swept.end(),
            [](const Allocation* a, const Allocation* b) { return a->ordinal < b->ordinal; });
  for (const Allocation* allocation : swept) {
    Touch touch{allocation->range, buffer_name("allocation %u", allocation->ordinal),
                Side::kWritten,    kNoCell,
                cells_.take(),     std::pmr::vector<CellId>(memory_)};
    touch.holds_addresses = addresses_.any_in(allocation->range);
    jobs.push_back({allocation->range.begin, allocation->range.bytes(), touch.after});
    record.touches.push_back(std::move(touch));
    bool& touched = touched_[allocation->ordinal];
    record.swept.push_back({allocation->ordinal, touched});
    touched = false;
  }
}

// `behind`: the launch just given, by name; "" when it was none.
void GpuRecorder::sweep(Lock& lock, const StreamKey& key, const char* behind) {
  if (replaying_ == key.context) return;  // memory is not as the subject left it: behind the next
  ContextWork& work = work_of(key.context);
  stream_of(key);
  if (!device_.ready(key.context)) {
    work.postponed(mapped_in(key.context));
    return coverage_.add(Seen::kNotReady);
  }
  const auto give_up = [&] {
    work.postponed(mapped_in(key.context));
    sink_.lose(1, "no room was left for the digests of a sweep");  // another run may have had it
  };
  if (const char* why = work.unsweepable()) {
    work.postponed(mapped_in(key.context));
    return sink_.lose(1, why);
  }
  if (!make_room(lock, allocations_.size())) return give_up();
  Submission submission(*this, lock);
  bool raced = false;
  Joints others = streams_beside(key, raced);
  if (raced) work.race();
  int device = 0;
  lock.unlock();
  const bool joined = wait_for_streams(key, others);
  driver_.cuCtxGetDevice(&device);
  lock.lock();
  for (const Joint& other : others)
    if (StreamEntry* entry = streams_.find(other.key)) entry->joint = other.event;
  if (!joined) return;  // a stream is being captured: behind the next launch, then
  if (cells_.free_cells() < allocations_.size()) return give_up();
  char window[768], lane[32];
  name_window(window, sizeof window, work.swept(mapped_in(key.context)), behind, work);
  std::snprintf(lane, sizeof lane, "gpu%d", device);
  GpuRecord& record = new_record(key.context);
  record.sweep = &work;
  std::pmr::vector<DigestJob> jobs(memory_);
  fill_sweep(record, key.context, jobs);
  record.placed = sink_.place(lane, "sweep", window, record.ticket);
  const StreamEntry& own = stream_of(key);
  const CUevent joint = own.joint;
  record.point = order_.submit(own.id);
  lock.unlock();
  const size_t submitted = device_.enqueue(key.context, key.stream, jobs);
  const CUevent end = let_streams_wait(key, others, joint);
  lock.lock();
  for (size_t i = submitted; i < jobs.size(); ++i) cells_.fail(jobs[i].slot);
  record.torn = work.raced();
  record.in_call = false;
  record.state = GpuRecord::State::kSubmitted;
  coverage_.add(Seen::kSweeps);
  if (record.torn) coverage_.add(Seen::kRacedSweeps);
  if (!end) return;
  if (!record.torn) level_streams(key, others);
  StreamEntry& swept_by = stream_of(key);
  swept_by.joint = sweep_ends_[key.context] = end;
  order_.record(reinterpret_cast<uint64_t>(end), swept_by.id);
}

// What the driver was told, as far as it takes effect at once.
void GpuRecorder::level_streams(const StreamKey& own, const Joints& others) {
  std::pmr::vector<StreamId> level({stream_of(own).id}, memory_), apart(memory_);
  for (const Joint& other : others) {
    (other.key.thread ? apart : level).push_back(other.id);
    StreamEntry* entry = streams_.find(other.key);
    if (entry && other.key.thread) entry->behind_sweeps = false;
  }
  order_.level(level, apart);
}

// A stream that no sweep could tell to wait waits for the last one: its next work would change what
// that still reads.
void GpuRecorder::wait_for_sweep(Lock& lock, const StreamKey& key) {
  StreamEntry* entry = streams_.find(key);
  if (!entry || entry->behind_sweeps) return;
  entry->behind_sweeps = true;  // those to come know it
  const auto end = sweep_ends_.find(key.context);
  if (end == sweep_ends_.end()) return;
  const CUevent event = end->second;
  order_.wait(entry->id, reinterpret_cast<uint64_t>(event));
  lock.unlock();
  driver_.cuStreamWaitEvent(key.stream, event, 0);
  lock.lock();
}

// Of a thread's own default stream: others can wait for no more than this.
void GpuRecorder::record_joint(Lock& lock, const StreamKey& key) {
  if (!key.thread || !settings_.sweep_every || captured(lock, key.stream)) return;
  StreamEntry* entry = streams_.find(key);
  if (!entry) return;
  CUevent joint = entry->joint;
  const uint64_t at = order_.submitted(entry->id);
  lock.unlock();
  if (!joint) driver_.cuEventCreate(&joint, CU_EVENT_DISABLE_TIMING);
  const bool recorded = driver_.cuEventRecord(joint, key.stream) == CUDA_SUCCESS;
  lock.lock();
  entry = streams_.find(key);
  if (!entry) return;
  entry->joint = joint;
  if (recorded) entry->joint_at = at;
}

// The host waits, where the driver does not, for a bounded time.
void GpuRecorder::finish_sweeps() {
  std::pmr::vector<CUevent> ends(memory_);
  {
    Lock lock(lock_);
    // detaudit: allow(DET220) each is waited for, in whatever order
    for (const auto& [context, end] : sweep_ends_) ends.push_back(end);
  }
  if (ends.empty()) return;
  RelaxedCapture relaxed(driver_);
  const uint64_t give_up = clock_.now_ns() + settings_.wait_ns;
  for (CUevent end : ends)
    while (driver_.cuEventQuery(end) == CUDA_ERROR_NOT_READY && clock_.now_ns() < give_up)
      clock_.sleep_ns(20'000);
}

// What was launched behind the last sweep, while the context still answers.
void GpuRecorder::sweep_rest(CUcontext context) {
  Lock lock(lock_);
  ContextWork& work = work_of(context);
  if (!work.unswept()) return;
  CUcontext current = nullptr;
  lock.unlock();
  driver_.cuCtxGetCurrent(&current);
  lock.lock();
  if (owner_of(current) == context && work.idle()) {
    work.begin_call();
    sweep(lock, {context, CU_STREAM_LEGACY, 0}, "");
    work.end_call();
  }
}

void GpuRecorder::sweep_all_rest() {
  std::pmr::vector<CUcontext> contexts(memory_);
  {
    Lock lock(lock_);
    if (finished_) return;
    // detaudit: allow(DET220) each context has lanes of its own, and theirs are all that is written
    for (const auto& [context, work] : contexts_) contexts.push_back(context);
  }
  for (CUcontext context : contexts) sweep_rest(context);
}

// Memory that changed since the sweep before, though nothing seen could reach it, is counted.
void GpuRecorder::note_sweep(const GpuRecord& record) {
  std::erase_if(swept_, [&](const auto& swept) {  // what was given back since
    if (swept.second.context != record.context) return false;
    const auto at =
        std::ranges::lower_bound(record.swept, swept.first, {}, &GpuRecord::Swept::ordinal);
    return at == record.swept.end() || at->ordinal != swept.first;
  });
  for (size_t i = 0; i < record.touches.size(); ++i) {
    const CellId cell = record.touches[i].after;
    if (cells_.failed(cell)) continue;
    const auto [ordinal, touched] = record.swept[i];
    auto [last, first] =
        swept_.try_emplace(ordinal, Swept{cells_.digest(cell), record.context, false});
    const bool changed = !first && last->second.digest != cells_.digest(cell);
    if (changed && !touched) coverage_.add(Seen::kUnexplainedChange);
    last->second.digest = cells_.digest(cell);
    last->second.written |= changed || touched;
  }
}

// What nobody wrote yet holds whatever was there before: it is compared with nothing.
void GpuRecorder::write_sweep(GpuRecord& record) {
  note_sweep(record);
  ContextWork::Memory& before = record.sweep->memory;
  std::pmr::vector<GpuBuffer> inputs(memory_), outputs(memory_);
  std::pmr::vector<kernels::Digest> found(memory_);
  ContextWork::Memory now{true, !record.torn, 0, {}};
  for (size_t i = 0; i < record.touches.size(); ++i) {
    const Touch& touch = record.touches[i];
    const bool failed = cells_.failed(touch.after) || cells_.waiting(touch.after);
    const bool is_sound = sound(record, touch);
    const bool written = !failed && swept_[record.swept[i].ordinal].written;
    if (!is_sound) coverage_.add(Seen::kUnsoundBuffers);
    now.sound &= is_sound;
    const uint64_t bytes = touch.range.bytes();
    const kernels::Digest digest = failed ? kernels::Digest{} : cells_.digest(touch.after);
    const bool told = written && !touch.holds_addresses;
    if (touch.holds_addresses) coverage_.add(Seen::kAddressBuffers);
    outputs.push_back({touch.name, bytes, digest, is_sound && told});
    if (!told) continue;
    now.bytes += bytes;
    found.push_back(digest);
  }
  now.digest = kernels::combine_ordered(found);
  if (before.known) inputs.push_back({"memory before", before.bytes, before.digest, before.sound});
  before = now;
  sink_.write(record.ticket, inputs, outputs);
}

}  // namespace detaudit::instrument::cupti
