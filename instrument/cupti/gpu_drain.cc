#include <algorithm>

#include "instrument/cupti/gpu_call.h"
#include "instrument/cupti/gpu_recorder.h"

namespace detaudit::instrument::cupti {
namespace {

// Once, for one event after the other.
struct Written {
  explicit Written(std::pmr::memory_resource* memory) : inputs(memory), outputs(memory) {}
  std::pmr::vector<GpuBuffer> inputs, outputs;
};

}  // namespace

bool GpuRecorder::settled(GpuRecord& record) {
  for (Touch& touch : record.touches) {
    if (touch.before != kNoCell && !cells_.settle(touch.before, device_)) return false;
    if (touch.after != kNoCell && !cells_.settle(touch.after, device_)) return false;
    for (CellId rival : touch.rivals)
      if (!cells_.settle(rival, device_)) return false;
  }
  for (CellId cell : record.executions)
    if (!cells_.settle(cell, device_)) return false;
  return true;
}

// Where other work may have run meanwhile, the digests say what this work read and wrote only if
// nobody wrote: then all that were taken before and behind any of it are equal.
bool GpuRecorder::sound(const GpuRecord& record, const Touch& touch) const {
  for (CellId cell : {touch.before, touch.after})
    if (cell != kNoCell && (cells_.failed(cell) || cells_.waiting(cell))) return false;
  if (touch.ends_by_chance) return false;
  if (!record.torn && touch.rivals.empty()) return true;
  const CellId ours = touch.witness();
  if (touch.before != kNoCell && cells_.digest(touch.before) != cells_.digest(ours)) return false;
  if (touch.overwritten || touch.side == Side::kWritten) return false;
  return std::all_of(touch.rivals.begin(), touch.rivals.end(), [&](CellId rival) {
    return !cells_.failed(rival) && cells_.digest(rival) == cells_.digest(ours);
  });
}

void GpuRecorder::write(GpuRecord& record) {
  if (record.state != GpuRecord::State::kSubmitted || !record.placed) return;
  if (record.sweep) return write_sweep(record);
  note_chance_ends(record);
  Written written(memory_);
  if (record.parameters != kNoCell)
    written.inputs.push_back(
        {"parameters", record.parameter_bytes, cells_.digest(record.parameters),
         record.parameters_sound});
  for (const Touch& touch : record.touches) {
    const bool is_sound = sound(record, touch);
    if (!is_sound) coverage_.add(Seen::kUnsoundBuffers);
    const uint64_t bytes = touch.range.bytes();
    if (touch.holds_addresses) coverage_.add(Seen::kAddressBuffers);
    const bool told = is_sound && !touch.holds_addresses;
    if (touch.before != kNoCell) {
      // As of parameters, what is no address is equal: there is nothing else.
      const kernels::Digest digest =
          touch.only_addresses ? kernels::Digest{} : cells_.digest(touch.before);
      written.inputs.push_back({touch.name, bytes, digest, told || touch.only_addresses});
    }
    if (touch.after != kNoCell)
      written.outputs.push_back({touch.name, bytes, cells_.digest(touch.after), told});
  }
  sink_.write(record.ticket, written.inputs, written.outputs);
  tell_replays(record);
}

void GpuRecorder::destroy(GpuRecord& record) {
  record.~GpuRecord();
  memory_->deallocate(&record, sizeof(GpuRecord), alignof(GpuRecord));
}

void GpuRecorder::retire(GpuRecord& record) {
  for (Touch& touch : record.touches) {
    buffers_.each_overlapping(touch.range, [&](BufferState& buffer) {
      std::erase_if(buffer.accesses,
                    [&](const Access& access) { return access.record == record.number; });
    });
    for (CellId rival : touch.rivals) cells_.release(rival);
    if (touch.before != kNoCell) cells_.release(touch.before);
    if (touch.after != kNoCell) cells_.release(touch.after);
  }
  for (CellId cell : record.executions) cells_.release(cell);
  if (record.parameters != kNoCell) cells_.release(record.parameters);
  destroy(record);
}

bool GpuRecorder::drain() noexcept {
  std::unique_lock writing(writing_, std::try_to_lock);
  if (!writing) return false;
  bool wrote = false;
  try {
    Lock lock(lock_);
    settle_graphs();
    while (!records_.empty()) {
      GpuRecord& record = *records_.front();
      const bool left_out = record.state == GpuRecord::State::kLeftOut;
      const bool open = record.state == GpuRecord::State::kOpen || record.in_call;
      if (open || (!left_out && !settled(record))) break;
      write(record);
      records_.pop_front();
      retire(record);
      wrote = true;
    }
  } catch (...) {
    sink_.lose(1, "no memory left for what the GPU does");
  }
  return wrote;
}

bool GpuRecorder::read_code() noexcept {
  try {
    return modules_.read_one();
  } catch (...) {
    return false;
  }
}

void GpuRecorder::settle() noexcept {
  try {
    sweep_all_rest();
  } catch (...) {
    sink_.lose(1, "no memory left for what the GPU does");
  }
  const uint64_t give_up = clock_.now_ns() + settings_.wait_ns;
  for (;;) {
    const bool wrote = drain();
    Lock lock(lock_);
    if (records_.empty() || finished_) break;
    if (clock_.now_ns() >= give_up) break;
    lock.unlock();
    if (!wrote) clock_.sleep_ns(100'000);
  }
}

void GpuRecorder::finish() noexcept {
  settle();
  Lock lock(lock_);
  if (finished_) return;
  finished_ = true;
  uint64_t cut = 0;
  for (const GpuRecord* record : records_) cut += record->placed;
  if (cut) {
    coverage_.add(Seen::kCutShort, cut);
    sink_.lose(cut, "the GPU had not finished when the process ended");
  }
  for (auto& [context, work] : contexts_) {
    coverage_.add(Seen::kBehindLastSweep, work.give_up_unswept());
    coverage_.raise(Seen::kWidestWindow, work.widest());
  }
  coverage_.tell(sink_);
  for (const auto& [kernel, reasons] : refused_)
    for (const auto& [why, count] : reasons) sink_.cover(seen_name(why), kernel.c_str(), count);
  try {
    modules_.tell(sink_);
  } catch (...) {
    sink_.lose(1, "no memory left for what the GPU does");
  }
}

}  // namespace detaudit::instrument::cupti
