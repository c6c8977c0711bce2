#include "instrument/cupti/gpu_call.h"
#include "instrument/cupti/gpu_recorder.h"

// Memory, streams and events that the subject gives back: they are gone from the beginning of its
// call, since others may get them before it ends, and go behind what of ours still reads them.
namespace detaudit::instrument::cupti {

// The driver waits for the device before it takes memory back, but for mappings, and for what is
// given back in a stream's order.
void GpuRecorder::give_back(const DriverCall& call, const Action& action) {
  Lock lock(lock_);
  if (action.kind == ActionKind::kUnload) {
    allocations_.remove_owned(action.owner);
    return layouts_.clear();  // another function may get the handle
  }
  if (action.in_stream && !ready_to_free(lock, call, action)) return;
  Range range = action.destination;
  bool mapped = true;
  if (action.kind == ActionKind::kFree) {
    const Allocation* allocation = allocations_.find(range.begin);
    if (!allocation || allocation->range.begin != range.begin) return;
    range = allocation->range;
    mapped = allocation->kind == MemoryKind::kPeer;
    if (work_of(call.context).unswept() && touched_[allocation->ordinal])
      coverage_.add(Seen::kFreedUnswept);
    note_memory(allocation->context, allocation->kind, "free", range.bytes());
  } else {
    note_memory(reinterpret_cast<uint64_t>(call.context), MemoryKind::kDevice, "unmap",
                range.bytes());
  }
  forget_memory(range);
  wait_for_submissions(lock);
  lock.unlock();
  if (mapped) finish_sweeps();
}

// False: it is given back when a graph runs, and till then nobody knows how often that is.
bool GpuRecorder::ready_to_free(Lock& lock, const DriverCall& call, const Action& action) {
  const StreamKey key = key_of(call, action);
  stream_of(key);
  if (!captured(lock, key.stream)) {
    wait_for_sweep(lock, key);
    return true;
  }
  allocations_.close(action.destination.begin);
  return false;
}

// Ordinals are not given out again.
void GpuRecorder::forget_memory(const Range& range) {
  allocations_.each_within(range, [&](const Allocation& allocation) {
    touched_.erase(allocation.ordinal);
    buffers_.forget_marks(allocation);
  });
  allocations_.remove_within(range);
  buffers_.forget(range);
  addresses_.remove(range);
}

void GpuRecorder::forget_event(CUevent event) {
  capture_order_.forget_event(reinterpret_cast<uint64_t>(event));
  order_.forget_event(reinterpret_cast<uint64_t>(event));
}

void GpuRecorder::give_back_handle(const DriverCall& call, const Action& action) {
  Lock lock(lock_);
  if (action.kind == ActionKind::kEventDestroy) return forget_event(action.event);
  const StreamKey key = key_of(call, action);
  CUevent joint = streams_.remove(key);
  for (const auto& [context, end] : sweep_ends_)
    if (end == joint) joint = nullptr;  // others are still to wait for it
  if (joint) order_.forget_event(reinterpret_cast<uint64_t>(joint));
  wait_for_submissions(lock);
  lock.unlock();
  if (joint) driver_.cuEventDestroy(joint);
}

void GpuRecorder::begin_submission(Submission& submission) {
  submission.number_ = ++next_submission_;
  submission.next_ = submissions_;
  submissions_ = &submission;
}

void GpuRecorder::end_submission(Submission& submission) noexcept {
  const bool held = submission.lock_.owns_lock();
  if (!held) submission.lock_.lock();
  Submission** at = &submissions_;
  while (*at != &submission) at = &(*at)->next_;
  *at = submission.next_;
  if (!held) submission.lock_.unlock();
}

// Those that were under way before this.
void GpuRecorder::wait_for_submissions(Lock& lock) {
  const uint64_t last = next_submission_;
  wait_until(lock, Meanwhile::kSleep, [&] {
    for (const Submission* each = submissions_; each; each = each->next_)
      if (each->number_ <= last) return false;
    return true;
  });
}

}  // namespace detaudit::instrument::cupti
