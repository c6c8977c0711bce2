#include "tests/unit/cupti/fake_driver.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <tuple>
#include <utility>

#include "instrument/cupti/call_structures.h"
#include "kernels/digest.h"

namespace detaudit::instrument::cupti {
namespace {

FakeDriver* g_driver = nullptr;  // what the driver's functions work on
std::vector<CUcontext> g_pushed;
thread_local CUstreamCaptureMode g_mode = CU_STREAM_CAPTURE_MODE_GLOBAL;

}  // namespace

FakeDriver::FakeDriver(uint64_t seed) : engine_(seed) {
  g_driver = this;
  auto legacy = std::make_unique<Stream>();
  legacy->legacy = true;
  streams_[CU_STREAM_LEGACY] = std::move(legacy);
}

FakeDriver::~FakeDriver() { g_driver = nullptr; }

const char* FakeDriver::start(DriverObserver& observer, std::span<const uint32_t> calls) noexcept {
  observer_ = &observer;
  subscribed_.insert(calls.begin(), calls.end());
  return nullptr;
}

void FakeDriver::stop() noexcept { observer_ = nullptr; }

CUresult FakeDriver::call(uint32_t id, const void* parameters, const char* symbol,
                          const std::function<CUresult()>& act) {
  DriverCall told{id, parameters, current_, CUDA_SUCCESS, symbol};
  const bool tell = observer_ && subscribed_.contains(id);
  if (tell) {
    ++told_;
    told_ids.insert(id);
    observer_->before(told);
  }
  told.result = act();
  if (tell && observer_) observer_->after(told);
  return told.result;
}

FakeDriver::Stream& FakeDriver::stream_of(CUstream handle) {
  if (handle == CU_STREAM_PER_THREAD) {
    CUstream& own = own_streams_[std::this_thread::get_id()];
    if (!own) own = create_stream();
    handle = own;
  }
  return *streams_.at(handle ? handle : CU_STREAM_LEGACY);
}

// One that a capture of any thread forbids, unless this one asked for leave.
void FakeDriver::unsafe_call() {
  if (g_mode == CU_STREAM_CAPTURE_MODE_RELAXED) return;
  for (const auto& [handle, each] : streams_) captures_broken += each->capture != nullptr;
}

// The legacy default stream waits for all blocking streams and they for it.
FakeDriver::Work& FakeDriver::append(CUstream handle) {
  Stream& stream = stream_of(handle);
  Work work;
  for (auto& [other, peer] : streams_) {
    const bool implied = peer.get() != &stream &&
                         (stream.legacy ? !(peer->flags & CU_STREAM_NON_BLOCKING)
                                        : peer->legacy && !(stream.flags & CU_STREAM_NON_BLOCKING));
    if (implied) work.after.emplace_back(peer.get(), peer->submitted);
  }
  ++stream.submitted;
  stream.queue.push_back(std::move(work));
  return stream.queue.back();
}

bool FakeDriver::runnable(const Stream& stream) const {
  if (stream.queue.empty()) return false;
  for (const auto& [other, count] : stream.queue.front().after) {
    bool alive = false;
    for (const auto& [handle, peer] : streams_) {
      if (peer.get() != other) continue;
      alive = true;
      if (peer->finished < count) return false;
    }
    (void)alive;
  }
  return true;
}

bool FakeDriver::step() {
  if (stalled_) return false;
  std::vector<Stream*> ready;
  for (auto& [handle, stream] : streams_)
    if (runnable(*stream)) ready.push_back(stream.get());
  if (ready.empty()) return false;
  Stream& stream = *ready[engine_() % ready.size()];
  Work& work = stream.queue.front();
  if (!work.pieces.empty()) {
    auto piece = std::move(work.pieces.front());
    work.pieces.pop_front();
    piece();
  }
  if (work.pieces.empty()) {
    stream.queue.pop_front();
    ++stream.finished;
  }
  return true;
}

void FakeDriver::drain(const std::function<bool()>& done) {
  while (!done() && step()) {
  }
}

void FakeDriver::run_some(size_t pieces) {
  while (pieces-- > 0 && step()) {
  }
}

void FakeDriver::submit(CUstream stream, std::function<void()> work) {
  append(stream).pieces.push_back(std::move(work));
}

bool FakeDriver::reached(CUevent event) const {
  for (const auto& [stream, count] : events_.at(event)->point)
    for (const auto& [handle, each] : streams_)
      if (each.get() == stream && each->finished < count) return false;
  return true;
}

bool FakeDriver::capturing(CUstream handle) const {
  auto found = streams_.find(handle ? handle : CU_STREAM_LEGACY);
  return found != streams_.end() && found->second->capture;
}

void FakeDriver::submit_to_capture(CUstream stream, std::function<void()> work) {
  Stream& captured = stream_of(stream);
  captured.capture->work.push_back(std::move(work));
  captured.capture->behind.push_back(captured.tail);
  captured.tail = {captured.capture->work.size() - 1};
}

std::vector<size_t> FakeDriver::Graph::any_order(std::mt19937_64& engine) const {
  std::vector<size_t> order;
  std::vector<bool> done(work.size());
  while (order.size() < work.size()) {
    std::vector<size_t> ready;
    for (size_t i = 0; i < work.size(); ++i)
      if (!done[i] && std::all_of(behind[i].begin(), behind[i].end(),
                                  [&](size_t before) { return done[before]; }))
        ready.push_back(i);
    order.push_back(ready[engine() % ready.size()]);
    done[order.back()] = true;
  }
  return order;
}

CUdeviceptr FakeDriver::allocate(size_t bytes) {
  CUdeviceptr address = 0;
  cuMemAlloc_v2_params p{&address, bytes};
  call(CUPTI_DRIVER_TRACE_CBID_cuMemAlloc_v2, &p, nullptr, [&] {
    auto data = std::make_unique<std::byte[]>(bytes);
    address = reinterpret_cast<CUdeviceptr>(data.get());
    memory_[address] = std::move(data);
    sizes_[address] = bytes;
    return CUDA_SUCCESS;
  });
  return address;
}

CUdeviceptr FakeDriver::allocate_managed(size_t bytes) {
  CUdeviceptr address = 0;
  cuMemAllocManaged_params p{&address, bytes, CU_MEM_ATTACH_GLOBAL};
  call(CUPTI_DRIVER_TRACE_CBID_cuMemAllocManaged, &p, nullptr, [&] {
    auto data = std::make_unique<std::byte[]>(bytes);
    address = reinterpret_cast<CUdeviceptr>(data.get());
    memory_[address] = std::move(data);
    return CUDA_SUCCESS;
  });
  return address;
}

CUdeviceptr FakeDriver::allocate_async(size_t bytes, CUstream stream) {
  CUdeviceptr address = 0;
  cuMemAllocAsync_params p{&address, bytes, stream};
  call(CUPTI_DRIVER_TRACE_CBID_cuMemAllocAsync, &p, nullptr, [&] {
    if (capturing(stream)) {
      address = next_nowhere_;
      next_nowhere_ += bytes;
      return CUDA_SUCCESS;
    }
    auto data = std::make_unique<std::byte[]>(bytes);
    address = reinterpret_cast<CUdeviceptr>(data.get());
    memory_[address] = std::move(data);
    sizes_[address] = bytes;
    return CUDA_SUCCESS;
  });
  return address;
}

// Whoever gets it next writes to it.
void FakeDriver::free_async(CUdeviceptr address, CUstream stream) {
  cuMemFreeAsync_params p{address, stream};
  call(CUPTI_DRIVER_TRACE_CBID_cuMemFreeAsync, &p, nullptr, [&] {
    if (!capturing(stream))
      submit(stream, [=, this] {
        std::memset(reinterpret_cast<void*>(address), 0xee, sizes_.at(address));
      });
    return CUDA_SUCCESS;
  });
}

void FakeDriver::free(CUdeviceptr address) {
  cuMemFree_v2_params p{address};
  call(CUPTI_DRIVER_TRACE_CBID_cuMemFree_v2, &p, nullptr, [&] {
    drain([] { return false; });  // as the driver does
    memory_.erase(address);
    return CUDA_SUCCESS;
  });
}

CUstream FakeDriver::create_stream(unsigned flags) {
  handles_.push_back(0);
  auto handle = reinterpret_cast<CUstream>(&handles_.back());
  auto stream = std::make_unique<Stream>();
  stream->flags = flags;
  streams_[handle] = std::move(stream);
  return handle;
}

void FakeDriver::destroy_stream(CUstream stream) {
  cuStreamDestroy_v2_params p{stream};
  call(CUPTI_DRIVER_TRACE_CBID_cuStreamDestroy_v2, &p, nullptr, [&] {
    drain([&] { return stream_of(stream).queue.empty(); });
    destroyed_.push_back(std::move(streams_.at(stream)));  // events may name it yet
    streams_.erase(stream);
    return CUDA_SUCCESS;
  });
}

CUevent FakeDriver::create_event() {
  handles_.push_back(0);
  auto handle = reinterpret_cast<CUevent>(&handles_.back());
  events_[handle] = std::make_unique<Event>();
  return handle;
}

void FakeDriver::record(CUevent event, CUstream stream) {
  cuEventRecord_params p{event, stream};
  call(CUPTI_DRIVER_TRACE_CBID_cuEventRecord, &p, nullptr, [&] {
    Stream& from = stream_of(stream);
    events_[event]->capture = from.capture;
    events_[event]->tail = from.tail;
    if (from.capture) return CUDA_SUCCESS;
    append(stream);
    events_[event]->point = {{&from, from.submitted}};
    return CUDA_SUCCESS;
  });
}

void FakeDriver::wait(CUstream stream, CUevent event) {
  cuStreamWaitEvent_params p{stream, event, 0};
  call(CUPTI_DRIVER_TRACE_CBID_cuStreamWaitEvent, &p, nullptr, [&] {
    if (Graph* capture = events_[event]->capture) {
      Stream& to = stream_of(stream);
      to.capture = capture;
      to.tail.insert(to.tail.end(), events_[event]->tail.begin(), events_[event]->tail.end());
      return CUDA_SUCCESS;
    }
    Work& work = append(stream);
    for (const auto& point : events_[event]->point) work.after.push_back(point);
    return CUDA_SUCCESS;
  });
}

void FakeDriver::synchronize(CUstream stream) {
  cuStreamSynchronize_params p{stream};
  call(CUPTI_DRIVER_TRACE_CBID_cuStreamSynchronize, &p, nullptr, [&] {
    drain([&] { return stream_of(stream).queue.empty(); });
    return CUDA_SUCCESS;
  });
}

void FakeDriver::synchronize() {
  call(CUPTI_DRIVER_TRACE_CBID_cuCtxSynchronize, nullptr, nullptr, [&] {
    drain([] { return false; });
    return CUDA_SUCCESS;
  });
}

CUresult FakeDriver::launch_call(FakeKernel& kernel, CUstream stream,
                                 std::vector<std::byte> bytes, bool extra) {
  std::vector<void*> pointers;
  for (const auto& [offset, size] : kernel.parameters) pointers.push_back(bytes.data() + offset);
  size_t size = bytes.size();
  void* packed[] = {CU_LAUNCH_PARAM_BUFFER_POINTER, bytes.data(), CU_LAUNCH_PARAM_BUFFER_SIZE, &size,
                    CU_LAUNCH_PARAM_END};
  cuLaunchKernel_params p{kernel.handle(), 1, 1, 1, 32, 1, 1, 0, stream,
                          extra ? nullptr : pointers.data(), extra ? packed : nullptr};
  return call(CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel, &p, kernel.name.c_str(), [&] {
    CUresult result = CUDA_SUCCESS;
    if (launches_until_failure_ > 0)
      --launches_until_failure_;
    else
      result = std::exchange(next_launch_, CUDA_SUCCESS);
    if (result != CUDA_SUCCESS) return result;
    if (capturing(stream)) {
      for (const auto& piece : kernel.pieces)
        submit_to_capture(stream, [&piece, bytes] { piece(bytes.data()); });
      return CUDA_SUCCESS;
    }
    Work& work = append(stream);
    for (const auto& piece : kernel.pieces)
      work.pieces.push_back([&piece, bytes] { piece(bytes.data()); });
    return CUDA_SUCCESS;
  });
}

CUresult FakeDriver::launch(FakeKernel& kernel, CUstream stream, std::vector<std::byte> parameters) {
  return launch_call(kernel, stream, std::move(parameters), false);
}

CUresult FakeDriver::launch_extra(FakeKernel& kernel, CUstream stream,
                                  std::vector<std::byte> parameters) {
  return launch_call(kernel, stream, std::move(parameters), true);
}

void FakeDriver::copy_in(CUdeviceptr to, const void* from, size_t bytes, CUstream stream) {
  cuMemcpyHtoDAsync_v2_params p{to, from, bytes, stream};
  std::vector<std::byte> staged(static_cast<const std::byte*>(from),
                                static_cast<const std::byte*>(from) + bytes);
  call(CUPTI_DRIVER_TRACE_CBID_cuMemcpyHtoDAsync_v2, &p, nullptr, [&] {
    submit(stream, [=] { std::memcpy(reinterpret_cast<void*>(to), staged.data(), staged.size()); });
    return CUDA_SUCCESS;
  });
}

void FakeDriver::copy(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
  cuMemcpyDtoDAsync_v2_params p{to, from, bytes, stream};
  call(CUPTI_DRIVER_TRACE_CBID_cuMemcpyDtoDAsync_v2, &p, nullptr, [&] {
    submit(stream, [=] {
      std::memmove(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), bytes);
    });
    return CUDA_SUCCESS;
  });
}

void FakeDriver::fill(CUdeviceptr to, unsigned char value, size_t bytes, CUstream stream) {
  cuMemsetD8Async_params p{to, value, bytes, stream};
  call(CUPTI_DRIVER_TRACE_CBID_cuMemsetD8Async, &p, nullptr, [&] {
    submit(stream, [=] { std::memset(reinterpret_cast<void*>(to), value, bytes); });
    return CUDA_SUCCESS;
  });
}

void FakeDriver::encode_map(CUtensorMap* map, CUdeviceptr address) {
  cuTensorMapEncodeTiled_params p{};
  p.tensorMap = map;
  p.globalAddress = reinterpret_cast<void*>(address);
  call(CUPTI_DRIVER_TRACE_CBID_cuTensorMapEncodeTiled, &p, nullptr, [&] {
    // Opaque, as the real ones are: the address is not in it as a word.
    std::mt19937_64 engine(address);
    auto* words = reinterpret_cast<uint64_t*>(map);
    for (int i = 0; i < 16; ++i) words[i] = engine();
    return CUDA_SUCCESS;
  });
}

void FakeDriver::begin_capture(CUstream stream) {
  graphs_.push_back(std::make_unique<Graph>());
  stream_of(stream).capture = graphs_.back().get();
}

CUgraph FakeDriver::end_capture(CUstream stream) {
  CUgraph graph = nullptr;
  cuStreamEndCapture_params p{stream, &graph};
  call(CUPTI_DRIVER_TRACE_CBID_cuStreamEndCapture, &p, nullptr, [&] {
    Graph* captured = stream_of(stream).capture;
    for (auto& [handle, each] : streams_) {
      if (each->capture != captured) continue;
      each->capture = nullptr;
      each->tail.clear();
    }
    graph = reinterpret_cast<CUgraph>(captured);
    return CUDA_SUCCESS;
  });
  return graph;
}

CUgraph FakeDriver::build_graph(
    std::vector<std::pair<FakeKernel*, std::vector<std::byte>>> kernels) {
  graphs_.push_back(std::make_unique<Graph>());
  Graph* graph = graphs_.back().get();
  graph->nodes = std::move(kernels);
  for (auto& [kernel, bytes] : graph->nodes) {
    graph->work.push_back([kernel = kernel, &bytes = bytes] {
      for (const auto& piece : kernel->pieces) piece(bytes.data());
    });
    const size_t number = graph->behind.size();
    graph->behind.push_back(number ? std::vector<size_t>{number - 1} : std::vector<size_t>{});
  }
  return reinterpret_cast<CUgraph>(graph);
}

CUgraphExec FakeDriver::instantiate(CUgraph graph, unsigned long long flags) {
  CUgraphExec exec = nullptr;
  cuGraphInstantiateWithFlags_params p{&exec, graph, flags};
  call(CUPTI_DRIVER_TRACE_CBID_cuGraphInstantiateWithFlags, &p, nullptr, [&] {
    handles_.push_back(0);
    exec = reinterpret_cast<CUgraphExec>(&handles_.back());
    execs_[exec] = reinterpret_cast<Graph*>(graph);
    return CUDA_SUCCESS;
  });
  return exec;
}

CUresult FakeDriver::update(CUgraphExec exec, CUgraph graph) {
  CUgraphExecUpdateResultInfo info{};
  cuGraphExecUpdate_v2_params p{exec, graph, &info};
  return call(CUPTI_DRIVER_TRACE_CBID_cuGraphExecUpdate_v2, &p, nullptr, [&] {
    auto* changed = reinterpret_cast<Graph*>(graph);
    if (changed->behind != execs_.at(exec)->behind) return CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE;
    execs_[exec] = changed;
    return CUDA_SUCCESS;
  });
}

void FakeDriver::change_node(CUgraphExec exec) {
  cuGraphExecKernelNodeSetParams_v2_params p{exec, nullptr, nullptr};
  call(CUPTI_DRIVER_TRACE_CBID_cuGraphExecKernelNodeSetParams_v2, &p, nullptr,
       [] { return CUDA_SUCCESS; });
}

CUresult FakeDriver::launch_graph(CUgraphExec exec, CUstream stream) {
  cuGraphLaunch_params p{exec, stream};
  return call(CUPTI_DRIVER_TRACE_CBID_cuGraphLaunch, &p, nullptr, [&] {
    const CUresult result = std::exchange(next_launch_, CUDA_SUCCESS);
    if (result != CUDA_SUCCESS) return result;
    Work& work = append(stream);
    const Graph& graph = *execs_.at(exec);
    for (size_t number : graph.any_order(engine_)) work.pieces.push_back(graph.work[number]);
    return CUDA_SUCCESS;
  });
}

void FakeDriver::destroy_context(CUcontext context) {
  cuCtxDestroy_v2_params p{context};
  call(CUPTI_DRIVER_TRACE_CBID_cuCtxDestroy_v2, &p, nullptr, [&] {
    if (context == current_)
      for (auto& [handle, stream] : streams_) stream->queue.clear();
    return CUDA_SUCCESS;
  });
}

// The driver's functions, as a table of plain functions has them.
struct FakeDriverCalls {
  static CUresult CUDAAPI current(CUcontext* context) {
    *context = g_driver->current();
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI device(CUdevice* device) {
    *device = g_driver->device;
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI address_range(CUdeviceptr* base, size_t* bytes, CUdeviceptr address) {
    *base = address;
    *bytes = g_driver->range_bytes;
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI synchronize() {
    g_driver->drain([] { return false; });
    return CUDA_SUCCESS;
  }
  static CUresult parameter(FakeKernel* kernel, size_t index, size_t* offset, size_t* bytes) {
    if (index >= kernel->parameters.size()) return CUDA_ERROR_INVALID_VALUE;
    std::tie(*offset, *bytes) = kernel->parameters[index];
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI function_parameter(CUfunction function, size_t index, size_t* offset,
                                             size_t* bytes) {
    auto* kernel = reinterpret_cast<FakeKernel*>(function);
    if (kernel->is_kernel_handle) return CUDA_ERROR_INVALID_HANDLE;
    return parameter(kernel, index, offset, bytes);
  }
  static CUresult CUDAAPI kernel_parameter(CUkernel handle, size_t index, size_t* offset,
                                           size_t* bytes) {
    auto* kernel = reinterpret_cast<FakeKernel*>(handle);
    if (!kernel->is_kernel_handle) return CUDA_ERROR_INVALID_HANDLE;
    return parameter(kernel, index, offset, bytes);
  }
  static CUresult CUDAAPI function_name(const char** name, CUfunction function) {
    *name = reinterpret_cast<FakeKernel*>(function)->name.c_str();
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI primary_state(CUdevice, unsigned*, int* active) {
    *active = 1;
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI retain_primary(CUcontext* context, CUdevice) {
    *context = g_driver->context();
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI release_primary(CUdevice) { return CUDA_SUCCESS; }
  static CUresult CUDAAPI flags(CUstream stream, unsigned* flags) {
    *flags = g_driver->stream_of(stream).flags;
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI capture_info(CUstream stream, CUstreamCaptureStatus* status,
                                       cuuint64_t* id, CUgraph* graph, const CUgraphNode**,
                                       const CUgraphEdgeData**, size_t*) {
    FakeDriver::Graph* capture = g_driver->stream_of(stream).capture;
    *status = capture ? CU_STREAM_CAPTURE_STATUS_ACTIVE : CU_STREAM_CAPTURE_STATUS_NONE;
    if (id) *id = 1;
    if (graph) *graph = reinterpret_cast<CUgraph>(capture);
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI exchange_mode(CUstreamCaptureMode* mode) {
    std::swap(*mode, g_mode);
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI create_event(CUevent* event, unsigned) {
    *event = g_driver->create_event();
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI destroy_event(CUevent event) {
    g_driver->events_.erase(event);
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI query_event(CUevent event) {
    g_driver->unsafe_call();
    return g_driver->reached(event) ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
  }
  static CUresult CUDAAPI push(CUcontext context) {
    g_pushed.push_back(g_driver->current());
    g_driver->make_current(context);
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI pop(CUcontext* context) {
    *context = g_driver->current();
    g_driver->make_current(g_pushed.back());
    g_pushed.pop_back();
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI record(CUevent event, CUstream stream) {
    const bool legacy = !stream || stream == CU_STREAM_LEGACY;
    for (const auto& [handle, each] : g_driver->streams_)
      g_driver->captures_broken += each->capture && (legacy || handle == stream);
    g_driver->record(event, stream);
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI wait(CUstream stream, CUevent event, unsigned) {
    g_driver->wait(stream, event);
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI allocate(CUdeviceptr* address, size_t bytes) {
    g_driver->unsafe_call();
    *address = g_driver->allocate(bytes);
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI copy(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
    g_driver->copy(to, from, bytes, stream);
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI launch(CUfunction function, unsigned, unsigned, unsigned, unsigned,
                                 unsigned, unsigned, unsigned, CUstream stream, void** parameters,
                                 void**) {
    auto& kernel = *reinterpret_cast<FakeKernel*>(function);
    std::vector<std::byte> bytes;
    for (size_t i = 0; i < kernel.parameters.size(); ++i) {
      const auto [offset, size] = kernel.parameters[i];
      bytes.resize(std::max(bytes.size(), offset + size));
      std::memcpy(bytes.data() + offset, parameters[i], size);
    }
    return g_driver->launch(kernel, stream, std::move(bytes));
  }
  static CUresult CUDAAPI synchronize_stream(CUstream stream) {
    g_driver->synchronize(stream);
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI nodes(CUgraph graph, CUgraphNode* nodes, size_t* count) {
    auto& of = reinterpret_cast<FakeDriver::Graph*>(graph)->nodes;
    if (nodes)
      for (size_t i = 0; i < *count && i < of.size(); ++i)
        nodes[i] = reinterpret_cast<CUgraphNode>(&of[i]);
    *count = of.size();
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI node_type(CUgraphNode, CUgraphNodeType* type) {
    *type = CU_GRAPH_NODE_TYPE_KERNEL;
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI device_name(char* name, int length, CUdevice) {
    std::snprintf(name, static_cast<size_t>(length), "Fake GPU");
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI driver_version(int* version) {
    *version = 13000;
    return CUDA_SUCCESS;
  }
  static CUresult CUDAAPI node_parameters(CUgraphNode node, CUDA_KERNEL_NODE_PARAMS* parameters) {
    auto* of = reinterpret_cast<std::pair<FakeKernel*, std::vector<std::byte>>*>(node);
    static std::vector<void*> pointers;
    pointers.clear();
    for (const auto& [offset, size] : of->first->parameters)
      pointers.push_back(of->second.data() + offset);
    parameters->func = of->first->handle();
    parameters->kernelParams = pointers.data();
    return CUDA_SUCCESS;
  }
};

DriverTable FakeDriver::table() {
  DriverTable table;
  table.cuDeviceGetName = FakeDriverCalls::device_name;
  table.cuDriverGetVersion = FakeDriverCalls::driver_version;
  table.cuCtxGetCurrent = FakeDriverCalls::current;
  table.cuCtxGetDevice = FakeDriverCalls::device;
  table.cuCtxPushCurrent = FakeDriverCalls::push;
  table.cuCtxPopCurrent = FakeDriverCalls::pop;
  table.cuCtxSynchronize = FakeDriverCalls::synchronize;
  table.cuDevicePrimaryCtxGetState = FakeDriverCalls::primary_state;
  table.cuDevicePrimaryCtxRetain = FakeDriverCalls::retain_primary;
  table.cuDevicePrimaryCtxRelease = FakeDriverCalls::release_primary;
  table.cuFuncGetName = FakeDriverCalls::function_name;
  table.cuFuncGetParamInfo = FakeDriverCalls::function_parameter;
  table.cuKernelGetParamInfo = FakeDriverCalls::kernel_parameter;
  table.cuStreamGetFlags = FakeDriverCalls::flags;
  table.cuStreamGetCaptureInfo = FakeDriverCalls::capture_info;
  table.cuThreadExchangeStreamCaptureMode = FakeDriverCalls::exchange_mode;
  table.cuEventCreate = FakeDriverCalls::create_event;
  table.cuEventDestroy = FakeDriverCalls::destroy_event;
  table.cuEventQuery = FakeDriverCalls::query_event;
  table.cuEventRecord = FakeDriverCalls::record;
  table.cuStreamWaitEvent = FakeDriverCalls::wait;
  table.cuMemAlloc = FakeDriverCalls::allocate;
  table.cuMemGetAddressRange = FakeDriverCalls::address_range;
  table.cuMemcpyDtoDAsync = FakeDriverCalls::copy;
  table.cuLaunchKernel = FakeDriverCalls::launch;
  table.cuStreamSynchronize = FakeDriverCalls::synchronize_stream;
  table.cuGraphGetNodes = FakeDriverCalls::nodes;
  table.cuGraphNodeGetType = FakeDriverCalls::node_type;
  table.cuGraphKernelNodeGetParams = FakeDriverCalls::node_parameters;
  return table;
}

size_t FakeDigestDevice::enqueue(CUcontext, CUstream stream,
                                 std::span<const DigestJob> asked) noexcept {
  if (enqueuing) enqueuing();
  for (const DigestJob& job : asked) {
    ++jobs;
    bytes += job.bytes;
    driver_.submit(stream, [this, job] {
      results_[job.slot] = std::make_unique<kernels::Digest>(
          kernels::digest(reinterpret_cast<const void*>(job.address), job.bytes));
    });
  }
  return asked.size();
}

bool FakeDigestDevice::capture(CUcontext, CUstream stream,
                               std::span<const DigestJob> asked) noexcept {
  for (const DigestJob& job : asked)
    driver_.submit_to_capture(stream, [this, job] {
      graph_results_.push_back(
          {job.slot, kernels::digest(reinterpret_cast<const void*>(job.address), job.bytes)});
    });
  return true;
}

bool FakeDigestDevice::poll(uint32_t slot, kernels::Digest& digest) noexcept {
  if (!results_[slot]) return false;
  digest = *results_[slot];
  results_[slot].reset();
  return true;
}

bool FakeDigestDevice::poll_graph(GraphDigest& digest) noexcept {
  if (graph_results_.empty()) return false;
  digest = graph_results_.front();
  graph_results_.pop_front();
  return true;
}

bool FakeSink::place(const char* lane, const char* op, const char* key, Ticket& ticket) noexcept {
  const uint64_t index = places_.size();
  places_.push_back({lane, op, key ? key : ""});
  std::memcpy(ticket.storage, &index, sizeof index);
  return true;
}

void FakeSink::write(const Ticket& ticket, std::span<const GpuBuffer> inputs,
                     std::span<const GpuBuffer> outputs) noexcept {
  uint64_t index;
  std::memcpy(&index, ticket.storage, sizeof index);
  events.push_back({places_[index].lane,
                    places_[index].op,
                    places_[index].key,
                    {inputs.begin(), inputs.end()},
                    {outputs.begin(), outputs.end()}});
}

}  // namespace detaudit::instrument::cupti
