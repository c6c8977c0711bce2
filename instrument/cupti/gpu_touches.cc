#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "instrument/cupti/gpu_call.h"
#include "instrument/cupti/gpu_recorder.h"
#include "instrument/cupti/host_addresses.h"

// What a piece of work can reach, the digests around it, and which other work may meet it there.
namespace detaudit::instrument::cupti {

const LayoutAnswer& GpuRecorder::layout_of(CUfunction function) {
  if (layouts_stale_.exchange(false)) layouts_.clear();
  auto found = layouts_.find(function);
  if (found != layouts_.end()) return found->second;
  lock_.unlock();
  LayoutAnswer answer = ask_layout(driver_, function, memory_);
  lock_.lock();
  return layouts_.insert_or_assign(function, std::move(answer)).first->second;
}

// Kept for as long as the recorder: "parameter+8", "allocation 3".
const char* GpuRecorder::buffer_name(const char* format, uint32_t number) {
  char text[48];
  std::snprintf(text, sizeof text, format, number);
  return names_.emplace(std::pmr::string(text, memory_)).first->c_str();
}

// Every buffer that the work can reach, and what else it is given.
bool GpuRecorder::find_touches(Call& state, const Action& action) {
  GpuRecord& record = *state.record;
  if (action.kind == ActionKind::kLaunchMany || action.opaque) return false;
  if (action.kind == ActionKind::kGraphLaunch) {
    GraphContent* content = graphs_.find(action.exec);
    if (!content) return false;
    for (const Range& range : content->reach)
      add_touch(record, range, "graph", Side::kReadAndWritten);
    return !content->reach.empty() || !content->opaque;
  }
  if (action.kind == ActionKind::kLaunch) return touches_of_launch(state, action);
  state.parameter_digest = kernels::digest(&action.value, sizeof action.value);
  record.parameter_bytes = sizeof action.value;
  touches_of_copy(state, action);
  return true;
}

// Work of the context may read it: memory of another one needs its leave, and a copy needs none.
bool GpuRecorder::readable(const Allocation& allocation, CUcontext context) const {
  if (allocation.kind == MemoryKind::kOpaque) return false;
  if (allocation.kind == MemoryKind::kHost || allocation.kind == MemoryKind::kManaged) return true;
  const auto owner = reinterpret_cast<CUcontext>(allocation.context);
  const CUcontext ours = owner_of(context);
  return owner == ours || peers_.contains({ours, owner});
}

// Fills as well.
void GpuRecorder::touches_of_copy(Call& state, const Action& action) {
  GpuRecord& record = *state.record;
  const auto reach = [&](const Range& range, const char* name, Side side) {
    const Allocation* allocation = allocations_.find(range.begin);
    if (!allocation) return;
    if (!readable(*allocation, state.key.context)) return coverage_.add(Seen::kUnreadBuffers);
    allocations_.note_start(range.begin);
    add_touch(record, range, name, side);
  };
  if (!state.capture) follow_addresses(action);
  if (action.kind == ActionKind::kCopy) {
    const bool mapped = allocations_.find(action.source.begin) != nullptr;
    if (mapped && !action.host_reads) {
      reach(action.source, "source", Side::kRead);
    } else if (state.host_source && action.source.begin) {
      // A graph reads it when it runs, and then it may be something else.
      record.parameters_sound = !state.capture;
      if (!state.capture) digest_host_bytes(state, action);
      record.parameter_bytes = action.source.bytes();
    }
  }
  reach(action.destination, "destination", action.gaps ? Side::kReadAndWritten : Side::kWritten);
}

// Without the lock: to read the subject's memory may take a while.
void GpuRecorder::read_host_bytes(Call& state) {
  constexpr uint64_t kMostTable = uint64_t{64} << 10;
  const Action& action = state.action;
  state.host_bytes.clear();
  if (!state.host_source || state.capture || action.source.begin == 0) return;
  if (action.gaps || action.source.bytes() > kMostTable) return;
  const auto* bytes = reinterpret_cast<const std::byte*>(action.source.begin);
  state.host_bytes.assign(bytes, bytes + action.source.bytes());
}

// Without addresses, where it is small enough to be a table of them: the destination holds those
// from then on. The lock is given up meanwhile.
void GpuRecorder::digest_host_bytes(Call& state, const Action& action) {
  const bool table = !state.host_bytes.empty();
  if (!table && state.outside) return;
  state.parameters = state.host_bytes;
  if (table) find_pointers(state.parameters, allocations_, maps_, state.pointers);
  lock_.unlock();
  const void* bytes = reinterpret_cast<const void*>(action.source.begin);
  if (table) {
    cut_host_addresses(state.parameters);
    bytes = state.parameters.data();
  }
  state.parameter_digest = kernels::digest(bytes, action.source.bytes());
  lock_.lock();
  for (size_t at = 0; at + sizeof(uint64_t) <= state.host_bytes.size(); at += sizeof(uint64_t))
    if (std::memcmp(state.parameters.data() + at, state.host_bytes.data() + at, sizeof(uint64_t)) !=
        0)
      addresses_.add(
          {action.destination.begin + at, action.destination.begin + at + sizeof(uint64_t)});
}

// What the destination of a copy or fill holds from then on.
void GpuRecorder::follow_addresses(const Action& action) {
  if (action.gaps) return;
  const bool copied = action.kind == ActionKind::kCopy && allocations_.find(action.source.begin);
  if (copied && !action.host_reads)
    addresses_.copy(action.source, action.destination);
  else
    addresses_.remove(action.destination);
}

bool GpuRecorder::touches_of_launch(Call& state, const Action& action) {
  GpuRecord& record = *state.record;
  if (!read_parameters(action.launch, layout_of(action.launch.function), state.parameters))
    return false;
  find_pointers(state.parameters, allocations_, maps_, state.pointers);
  cut_host_addresses(state.parameters);
  const unsigned shape[7] = {action.launch.grid[0],     action.launch.grid[1],
                             action.launch.grid[2],     action.launch.block[0],
                             action.launch.block[1],    action.launch.block[2],
                             action.launch.shared_bytes};
  const auto* bytes = reinterpret_cast<const std::byte*>(shape);
  state.parameters.insert(state.parameters.end(), bytes, bytes + sizeof shape);
  state.parameter_digest = kernels::digest(state.parameters.data(), state.parameters.size());
  record.parameter_bytes = state.parameters.size();
  if (state.pointers.size() > settings_.most_buffers) {
    coverage_.add(Seen::kTooManyBuffers);
    return false;
  }
  record.thread = std::hash<std::string_view>{}(state.thread);
  for (const FoundPointer& pointer : state.pointers)
    allocations_.note_start(pointer.address, record.thread);
  for (const FoundPointer& pointer : state.pointers) {
    const bool seen =
        std::any_of(record.touches.begin(), record.touches.end(),
                    [&](const Touch& touch) { return touch.range.begin == pointer.address; });
    if (seen) continue;
    if (!readable(*allocations_.find(pointer.address), state.key.context)) {
      coverage_.add(Seen::kUnreadBuffers);
      continue;
    }
    const Range whole = allocations_.extent(pointer.address, 0);
    const Range range = allocations_.extent(pointer.address, settings_.most_bytes);
    if (range.end < whole.end) coverage_.add(Seen::kCutBuffers);
    add_touch(record, range, buffer_name("parameter+%u", pointer.offset), Side::kReadAndWritten);
  }
  return true;
}

void GpuRecorder::add_touch(GpuRecord& record, const Range& range, const char* name, Side side) {
  if (side != Side::kRead)
    allocations_.each_joined(
        range.begin, [&](const Allocation& allocation) { touched_[allocation.ordinal] = true; });
  Touch touch{range, name, side, kNoCell, kNoCell, std::pmr::vector<CellId>(memory_)};
  touch.holds_addresses = addresses_.any_in(range);
  touch.only_addresses = touch.holds_addresses && addresses_.all_of(range);
  record.touches.push_back(std::move(touch));
}

// Cells for all that the record needs, and the jobs for what is not known already.
bool GpuRecorder::take_before(Lock& lock, Call& state, StreamId stream) {
  GpuRecord& record = *state.record;
  if (!make_room(lock, 2 * record.touches.size() + 1)) return false;
  state.jobs.clear();
  record.parameters = cells_.take_known(state.parameter_digest);
  for (Touch& touch : record.touches) {
    if (touch.side != Side::kRead) touch.after = cells_.take();
    if (touch.side == Side::kWritten) continue;
    BufferState& buffer = buffers_.at(touch.range);
    const Allocation* allocation = allocations_.find(touch.range.begin);
    const bool device_only = allocation && allocation->kind == MemoryKind::kDevice;
    // Of work that may still run beside this, the digest may be taken behind this.
    const bool over =
        buffer.last != kNoCell && (order_.ordered_before_next(buffer.last_point, stream) ||
                                   cells_.settle(buffer.last, device_));
    if (device_only && over && buffers_.holds(buffer, *allocation)) {
      cells_.hold(touch.before = buffer.last);
      continue;
    }
    touch.before = cells_.take();
    state.jobs.push_back({touch.range.begin, touch.range.bytes(), touch.before});
  }
  return true;
}

// From each address on, to the end of its allocation. Behind all that asks what held before.
void GpuRecorder::mark_written(const GpuRecord& record) {
  for (const Touch& touch : record.touches) {
    if (touch.side == Side::kRead) continue;
    allocations_.each_joined(touch.range.begin, [&](const Allocation& allocation) {
      buffers_.mark(allocation, std::max(touch.range.begin, allocation.range.begin), record.number);
    });
  }
}

// Where threads give work as it comes, a buffer of one in a block that they share ends where
// another's begins, or behind that when it was not seen yet: its length is by chance.
void GpuRecorder::note_chance_ends(GpuRecord& record) {
  if (record.sweep || !work_of(record.context).raced()) return;
  for (Touch& touch : record.touches)
    touch.ends_by_chance |= touch.side == Side::kReadAndWritten &&
                            allocations_.others_start_behind(touch.range.begin, record.thread);
}

void GpuRecorder::take_after(Call& state) {
  GpuRecord& record = *state.record;
  note_chance_ends(record);
  state.jobs.clear();
  for (const Touch& touch : record.touches) {
    if (touch.after != kNoCell && allocations_.holds(touch.range))
      state.jobs.push_back({touch.range.begin, touch.range.bytes(), touch.after});
    else if (touch.after != kNoCell)
      cells_.fail(touch.after);  // given back by another thread meanwhile
    BufferState& buffer = buffers_.at(touch.range);
    buffer.contested = !touch.rivals.empty();
    buffers_.set(buffer, touch.witness(), record.number, record.point);
  }
}

// Work on other streams that is not ordered before this and whose digest is not there yet may run
// while this does: each becomes the other's rival. Asked before the work is submitted, since what
// is over by then cannot meet it.
void GpuRecorder::meet_rivals(GpuRecord& record, StreamPoint point) {
  record.point = point;
  for (uint32_t index = 0; index < record.touches.size(); ++index) {
    Touch& touch = record.touches[index];
    buffers_.each_overlapping(touch.range, [&](BufferState& buffer) {
      for (const Access& access : buffer.accesses) {
        if (access.record == record.number || access.point.stream == point.stream) continue;
        if (order_.ordered_before_next(access.point, point.stream)) continue;
        if (cells_.settle(access.witness, device_)) continue;
        GpuRecord* other = find_record(access.record);
        if (!other) continue;
        buffer.contested = true;
        add_rival(touch, other->touches[access.touch]);
        add_rival(other->touches[access.touch], touch);
      }
    });
    BufferState& buffer = buffers_.at(touch.range);
    buffer.contested |= !touch.rivals.empty();
    buffer.accesses.push_back({record.number, index, point, touch.witness()});
  }
}

void GpuRecorder::add_rival(Touch& to, const Touch& rival) {
  if (rival.side == Side::kWritten) to.overwritten = true;
  for (CellId cell : {rival.before, rival.after}) {
    if (cell == kNoCell) continue;
    cells_.hold(cell);
    to.rivals.push_back(cell);
  }
}

GpuRecord* GpuRecorder::find_record(uint64_t number) {
  auto at = std::lower_bound(
      records_.begin(), records_.end(), number,
      [](const GpuRecord* record, uint64_t wanted) { return record->number < wanted; });
  return at != records_.end() && (*at)->number == number ? *at : nullptr;
}

}  // namespace detaudit::instrument::cupti
