#include <algorithm>

#include "instrument/cupti/gpu_call.h"
#include "instrument/cupti/gpu_recorder.h"

// Graphs: launches of a stream under capture get their digests into the very graph; a graph built
// by hand is one piece of work that can reach what its kernels were given.
namespace detaudit::instrument::cupti {

void GpuRecorder::begin_capture(Lock& lock, Call& state) {
  captures_ = true;
  GpuRecord scratch(memory_);
  state.record = &scratch;
  const bool known = state.capture && state.action.kind != ActionKind::kGraphLaunch &&
                     device_.ready(state.key.context) && find_touches(state, state.action);
  state.record = nullptr;
  if (!known) return miss_captured(state);
  state.capturing = true;
  state.captured.op = state.op;
  state.captured.parameters = state.parameter_digest;
  state.captured.parameter_bytes = scratch.parameter_bytes;
  state.captured.parameters_sound = scratch.parameters_sound;
  state.captured.touches.clear();
  state.jobs.clear();
  const bool wanted =
      work_of(state.key.context).digests_captures();  // else sweeps see what it does
  for (const Touch& touch : scratch.touches) {
    CapturedTouch captured{touch.range, touch.name, touch.side, 0, 0};
    if (wanted && touch.side != Side::kWritten) {
      captured.before = graphs_.next_job();
      state.jobs.push_back({touch.range.begin, touch.range.bytes(), captured.before});
    }
    if (wanted && touch.side != Side::kRead) captured.after = graphs_.next_job();
    state.captured.touches.push_back(captured);
  }
  lock.unlock();
  if (!state.jobs.empty() && !device_.capture(state.key.context, state.key.stream, state.jobs)) {
    lock.lock();
    state.capturing = false;
    miss_captured(state);
  }
}

// The graph also does what is digested by nobody.
void GpuRecorder::miss_captured(Call& state) {
  coverage_.add(Seen::kInCapture);
  if (!state.capture) return;
  GraphContent& content = graphs_.capture(state.capture);
  content.opaque = true;
  const StreamId stream = captured_stream(state.key);
  for (CapturedLaunch& launch : content.launches)
    launch.torn |= !capture_order_.ordered_before_next(launch.point, stream);
  content.unseen.push_back(capture_order_.submit(stream));
}

// What the host asks of streams under capture orders the graph's work: event by event. What it
// waits for itself does not: none of that work ran.
StreamId GpuRecorder::captured_stream(const StreamKey& key) {
  const StreamId stream = stream_of(key).id;
  while (capture_order_.size() <= stream) capture_order_.add(StreamOrder::Kind::kNonBlocking, 0);
  return stream;
}

void GpuRecorder::follow_capture(const StreamKey& key, const Action& action) {
  if (!captures_) return;  // what came before all captured work orders none of it
  const StreamId stream = captured_stream(key);
  const auto event = reinterpret_cast<uint64_t>(action.event);
  if (action.kind == ActionKind::kEventRecord)
    capture_order_.record(event, stream);
  else
    capture_order_.wait(stream, event);
}

// Its next work need not be behind what the stream was given before.
void GpuRecorder::reorder_capture(Lock& lock, const StreamKey& key) {
  CUgraph graph = nullptr;
  lock.unlock();
  const CUstreamCaptureStatus status = capture_of(key.stream, &graph);
  lock.lock();
  if (status == CU_STREAM_CAPTURE_STATUS_ACTIVE && graph) graphs_.capture(graph).reordered = true;
}

// Of the launches before it those that may run beside it: streams that one capture spread over.
void GpuRecorder::add_captured(Call& state, GraphContent& content) {
  const StreamId stream = captured_stream(state.key);
  const auto ordered = [&](StreamPoint point) {
    return !content.reordered && capture_order_.ordered_before_next(point, stream);
  };
  CapturedLaunch& added = content.launches.emplace_back(state.captured, memory_);
  const auto number = static_cast<uint32_t>(content.launches.size() - 1);
  for (StreamPoint point : content.unseen) added.torn |= !ordered(point);
  for (uint32_t other = 0; other < number; ++other) {
    const CapturedLaunch& earlier = content.launches[other];
    if (ordered(earlier.point)) continue;
    for (uint32_t i = 0; i < earlier.touches.size(); ++i)
      for (uint32_t j = 0; j < added.touches.size(); ++j)
        if (earlier.touches[i].range.overlaps(added.touches[j].range))
          content.rivals.push_back({other, i, number, j});
  }
  added.point = capture_order_.submit(stream);
}

void GpuRecorder::end_capture(Lock& lock, Call& state, bool failed) {
  if (failed) {
    // Its first digests are in the graph and come to nobody.
    graphs_.capture(state.capture).opaque = true;
    return;
  }
  state.jobs.clear();
  for (const CapturedTouch& touch : state.captured.touches)
    if (touch.after) state.jobs.push_back({touch.range.begin, touch.range.bytes(), touch.after});
  lock.unlock();
  const bool done =
      state.jobs.empty() || device_.capture(state.key.context, state.key.stream, state.jobs);
  lock.lock();
  GraphContent& content = graphs_.capture(state.capture);
  if (done) return add_captured(state, content);
  miss_captured(state);
}

// What an executable graph will do: known from its capture, or read from its nodes.
void GpuRecorder::learn_graph(CUcontext context, const Action& action) {
  if (!action.exec) return;
  if (!action.graph) {
    Lock lock(lock_);
    graphs_.forget(action.exec);  // changed node by node: not known any more
    return;
  }
  {
    Lock lock(lock_);
    if (graphs_.find(action.graph)) return graphs_.instantiate(action.exec, action.graph);
  }
  GraphContent content(memory_);
  read_graph(context, action.graph, content);
  Lock lock(lock_);
  graphs_.define(action.graph, std::move(content));
  graphs_.instantiate(action.exec, action.graph);
  graphs_.forget(action.graph);  // it may be changed before it is made again
}

void GpuRecorder::read_graph(CUcontext context, CUgraph graph, GraphContent& content) {
  size_t count = 0;
  content.opaque = true;
  if (driver_.cuGraphGetNodes(graph, nullptr, &count) != CUDA_SUCCESS) return;
  std::pmr::vector<CUgraphNode> nodes(count, memory_);
  if (driver_.cuGraphGetNodes(graph, nodes.data(), &count) != CUDA_SUCCESS) return;
  bool only_kernels = true;
  std::pmr::vector<std::byte> bytes(memory_);
  std::pmr::vector<FoundPointer> pointers(memory_);
  for (CUgraphNode node : nodes) {
    CUgraphNodeType type;
    CUDA_KERNEL_NODE_PARAMS parameters{};
    if (driver_.cuGraphNodeGetType(node, &type) != CUDA_SUCCESS) return;
    if (type == CU_GRAPH_NODE_TYPE_EMPTY) continue;
    if (type != CU_GRAPH_NODE_TYPE_KERNEL ||
        driver_.cuGraphKernelNodeGetParams(node, &parameters) != CUDA_SUCCESS) {
      only_kernels = false;
      continue;
    }
    LaunchAction launch;
    launch.function =
        parameters.func ? parameters.func : reinterpret_cast<CUfunction>(parameters.kern);
    launch.parameters = parameters.kernelParams;
    launch.extra = parameters.extra;
    Lock lock(lock_);
    if (!read_parameters(launch, layout_of(launch.function), bytes)) {
      only_kernels = false;
      continue;
    }
    find_pointers(bytes, allocations_, maps_, pointers);
    for (const FoundPointer& pointer : pointers) allocations_.note_start(pointer.address);
    for (const FoundPointer& pointer : pointers) {
      if (!readable(*allocations_.find(pointer.address), context)) {
        only_kernels = false;
        continue;
      }
      const Range range = allocations_.extent(pointer.address, settings_.most_bytes);
      if (std::find(content.reach.begin(), content.reach.end(), range) == content.reach.end())
        content.reach.push_back(range);
    }
  }
  content.opaque = !only_kernels;
}

// Room in the ring that graphs write to, whoever wants what comes: as long as digests arrive there
// will be some.
bool GpuRecorder::make_graph_room(Lock& lock, size_t digests) {
  if (digests > device_.graph_slots()) return false;
  const auto enough = [&] { return graph_digests_due_ + digests <= device_.graph_slots(); };
  while (!enough()) {
    const uint64_t due = graph_digests_due_;
    if (!wait_until(lock, Meanwhile::kDrain, [&] { return enough() || graph_digests_due_ < due; }))
      return false;
  }
  return true;
}

// Of the graph that is about to be launched, whether its digests have room.
bool GpuRecorder::expect_graph(Lock& lock, Call& state) {
  const size_t digests = graphs_.digests_of(state.action.exec);
  if (!graphs_lost_ && !make_graph_room(lock, digests)) give_up_graphs();
  if (graphs_lost_) return false;
  graph_digests_due_ += digests;
  if (state.outside) return false;
  return make_room(lock, digests + graphs_.launches_of(state.action.exec));
}

// It runs, and its digests come over others that were not read yet.
void GpuRecorder::give_up_graphs() {
  graphs_lost_ = true;
  graph_digests_due_ = 0;
  graphs_.forget_expected([&](CellId cell) {
    cells_.fail(cell);
    cells_.release(cell);
  });
}

// One event a captured launch, and the digests that the graph will deliver.
void GpuRecorder::begin_graph(Lock& lock, Call& state, StreamId stream) {
  const bool wanted = expect_graph(lock, state) && !graphs_lost_;
  if (!wanted) coverage_.add(state.outside ? Seen::kOutsideWindow : Seen::kNoRoom);
  if (!wanted && !state.outside) sink_.lose(1, "no room was left for the digests of a graph");
  const GraphContent* known = graphs_.find(state.action.exec);
  if (!known) return;  // destroyed meanwhile
  const GraphContent& content = *known;
  for (const CapturedLaunch& launch : content.launches) {
    GpuRecord& record = new_record(state.key.context);
    state.graph_records.push_back(&record);
    if (!wanted) record.state = GpuRecord::State::kLeftOut;
    if (wanted) record.parameters = cells_.take_known(launch.parameters);
    record.parameter_bytes = launch.parameter_bytes;
    record.parameters_sound = launch.parameters_sound;
    for (const CapturedTouch& captured : launch.touches) {
      Touch touch{captured.range, captured.name, captured.side,
                  kNoCell,        kNoCell,       std::pmr::vector<CellId>(memory_)};
      if (wanted && captured.before) touch.before = cells_.take();
      if (wanted && captured.after) touch.after = cells_.take();
      for (auto [job, cell] :
           {std::pair(captured.before, touch.before), std::pair(captured.after, touch.after)})
        if (job && !graphs_lost_) graphs_.expect(job, cell);
      if (touch.before != kNoCell) cells_.hold(touch.before);
      if (touch.after != kNoCell) cells_.hold(touch.after);
      record.touches.push_back(std::move(touch));
    }
    record.torn = launch.torn;
    if (wanted) meet_rivals(record, {stream, order_.submitted(stream) + 1});
    mark_written(record);
    if (wanted) record.placed = place(state, launch.op.c_str(), record);
  }
  if (wanted)
    for (const CapturedRivals& pair : content.rivals) {
      Touch& first = state.graph_records[pair.first]->touches[pair.first_touch];
      Touch& second = state.graph_records[pair.second]->touches[pair.second_touch];
      add_rival(first, second);
      add_rival(second, first);
    }
  if (content.opaque) buffers_.mark_all(next_number_);
}

void GpuRecorder::end_graph(Call& state, StreamId stream, bool failed) {
  GraphContent* content = graphs_.find(state.action.exec);
  const StreamPoint point = failed ? StreamPoint{} : order_.submit(stream);
  bool digested_all = !failed && !state.graph_records.empty();
  for (size_t i = 0; i < state.graph_records.size(); ++i) {
    GpuRecord& record = *state.graph_records[i];
    record.point = point;
    record.in_call = false;
    if (failed) record.state = GpuRecord::State::kLeftOut;
    if (failed && content && i < content->launches.size() && !graphs_lost_)
      for (const CapturedTouch& touch : content->launches[i].touches)
        for (uint32_t job : {touch.before, touch.after})
          if (job) {
            const CellId cell = graphs_.expect_no_more(job);
            --graph_digests_due_;
            if (cell == kNoCell) continue;
            cells_.fail(cell);
            cells_.release(cell);
          }
    if (record.state == GpuRecord::State::kLeftOut) {
      digested_all = false;
      continue;
    }
    for (const Touch& touch : record.touches) {
      BufferState& buffer = buffers_.at(touch.range);
      buffer.contested = !touch.rivals.empty();
      buffers_.set(buffer, touch.witness(), record.number, record.point);
    }
    record.state = GpuRecord::State::kSubmitted;
  }
  if (digested_all) coverage_.add(Seen::kGraphLaunchesDigested);
  if (!failed && (!digested_all || !content || content->opaque)) undigested_[stream] = point.count;
}

void GpuRecorder::settle_graphs() {
  GraphDigest arrived;
  while (device_.poll_graph(arrived)) {
    if (arrived.lost && !graphs_lost_) {
      give_up_graphs();
      sink_.lose(1, "digests of graphs came faster than they were read");
    }
    if (graphs_lost_) continue;
    const auto cell = graphs_.arrived(arrived.node);
    if (!cell) continue;  // of a graph that was put into another, or changed
    --graph_digests_due_;
    if (*cell == kNoCell) continue;
    cells_.give(*cell, arrived.digest);
    cells_.release(*cell);  // the graph table's hold
  }
}

}  // namespace detaudit::instrument::cupti
