#include "instrument/cupti/action.h"

#include <string_view>
#include <type_traits>

#include "instrument/cupti/call_structures.h"
#include "instrument/cupti/observed_calls.h"

namespace detaudit::instrument::cupti {
namespace {

// Of calls that have none.
struct NoArguments {};

template <typename Parameters>
const Parameters& as(const DriverCall& call) {
  static constexpr NoArguments kNone;
  if constexpr (std::is_same_v<Parameters, NoArguments>)
    return kNone;
  else
    return *static_cast<const Parameters*>(call.parameters);
}

Range from(CUdeviceptr begin, size_t bytes) { return {begin, begin + bytes}; }
Range from(const void* begin, size_t bytes) { return from(reinterpret_cast<uint64_t>(begin), bytes); }

enum class Source { kHost, kDevice, kEither };
enum class Host { kWaits, kGoesOn };

Action copy(const char* name, Range destination, Range source, Source source_is, CUstream stream,
            Host host) {
  Action action;
  action.kind = ActionKind::kCopy;
  action.name = name;
  action.destination = destination;
  action.source = source;
  action.host_reads = source_is == Source::kHost;
  action.either_reads = source_is == Source::kEither;
  action.stream = stream;
  action.synchronous = host == Host::kWaits;
  return action;
}

// The hull of a pitched rectangle.
Range hull(uint64_t begin, size_t offset, size_t pitch, size_t width, size_t rows) {
  if (begin == 0 || width == 0 || rows == 0) return {};
  begin += offset;
  return from(begin, (rows - 1) * pitch + width);
}

Source source_of(CUmemorytype type) {
  if (type == CU_MEMORYTYPE_UNIFIED) return Source::kEither;
  return type == CU_MEMORYTYPE_HOST ? Source::kHost : Source::kDevice;
}

// Between the rows of a rectangle lies what was there before.
Action copy_2d(const CUDA_MEMCPY2D* plan, CUstream stream, Host waits) {
  if (!plan) return {};
  const bool host = plan->srcMemoryType == CU_MEMORYTYPE_HOST;
  const uint64_t source = host ? reinterpret_cast<uint64_t>(plan->srcHost) : plan->srcDevice;
  const uint64_t destination = plan->dstMemoryType == CU_MEMORYTYPE_HOST
                                   ? reinterpret_cast<uint64_t>(plan->dstHost)
                                   : plan->dstDevice;
  const bool source_array = plan->srcMemoryType == CU_MEMORYTYPE_ARRAY;
  const bool destination_array = plan->dstMemoryType == CU_MEMORYTYPE_ARRAY;
  const size_t source_pitch = plan->srcPitch ? plan->srcPitch : plan->WidthInBytes;
  const size_t destination_pitch = plan->dstPitch ? plan->dstPitch : plan->WidthInBytes;
  Action action = copy(
      "memcpy_2d",
      hull(destination_array ? 0 : destination,
           plan->dstY * destination_pitch + plan->dstXInBytes, destination_pitch,
           plan->WidthInBytes, plan->Height),
      hull(source_array ? 0 : source, plan->srcY * source_pitch + plan->srcXInBytes, source_pitch,
           plan->WidthInBytes, plan->Height),
      source_of(plan->srcMemoryType), stream, waits);
  action.opaque = source_array || destination_array;
  action.gaps = destination_pitch != plan->WidthInBytes;
  return action;
}

Action copy_3d(const CUDA_MEMCPY3D* plan, CUstream stream, Host waits) {
  if (!plan) return {};
  const bool host = plan->srcMemoryType == CU_MEMORYTYPE_HOST;
  const bool source_array = plan->srcMemoryType == CU_MEMORYTYPE_ARRAY;
  const bool destination_array = plan->dstMemoryType == CU_MEMORYTYPE_ARRAY;
  const uint64_t source = host ? reinterpret_cast<uint64_t>(plan->srcHost) : plan->srcDevice;
  const uint64_t destination = plan->dstMemoryType == CU_MEMORYTYPE_HOST
                                   ? reinterpret_cast<uint64_t>(plan->dstHost)
                                   : plan->dstDevice;
  const size_t source_pitch = plan->srcPitch ? plan->srcPitch : plan->WidthInBytes;
  const size_t destination_pitch = plan->dstPitch ? plan->dstPitch : plan->WidthInBytes;
  const size_t source_rows = plan->srcHeight ? plan->srcHeight : plan->Height;
  const size_t destination_rows = plan->dstHeight ? plan->dstHeight : plan->Height;
  const size_t depth = plan->Depth ? plan->Depth : 1;
  Action action = copy(
      "memcpy_3d",
      hull(destination_array ? 0 : destination,
           (plan->dstZ * destination_rows + plan->dstY) * destination_pitch + plan->dstXInBytes,
           destination_pitch, plan->WidthInBytes, (depth - 1) * destination_rows + plan->Height),
      hull(source_array ? 0 : source,
           (plan->srcZ * source_rows + plan->srcY) * source_pitch + plan->srcXInBytes,
           source_pitch, plan->WidthInBytes, (depth - 1) * source_rows + plan->Height),
      source_of(plan->srcMemoryType), stream, waits);
  action.opaque = source_array || destination_array;
  action.gaps = destination_pitch != plan->WidthInBytes;
  return action;
}

Action fill(uint64_t begin, size_t bytes, uint64_t value, CUstream stream) {
  Action action;
  action.kind = ActionKind::kFill;
  action.name = "memset";
  action.destination = from(begin, bytes);
  action.value = value;
  action.stream = stream;
  return action;
}

Action allocation(Range range, MemoryKind memory) {
  Action action;
  action.kind = ActionKind::kAllocate;
  action.destination = range;
  action.memory = memory;
  return action;
}

Action on_stream(ActionKind kind, CUstream stream) {
  Action action;
  action.kind = kind;
  action.stream = stream;
  return action;
}

Action ordered(Action action, CUstream stream) {
  action.stream = stream;
  action.in_stream = true;
  return action;
}

// What a call wrote through the pointer that it was given.
template <typename Address>
uint64_t given(Address* address, bool done) {
  return done && address ? (uint64_t)(*address) : 0;
}

Action release(uint64_t begin) {
  Action action;
  action.kind = ActionKind::kFree;
  action.destination = {begin, begin};
  return action;
}

Action on_event(ActionKind kind, CUevent event, CUstream stream = nullptr) {
  Action action = on_stream(kind, stream);
  action.event = event;
  return action;
}

Action on_graph(ActionKind kind, CUgraph graph, CUgraphExec exec, CUstream stream = nullptr) {
  Action action = on_stream(kind, stream);
  action.graph = graph;
  action.exec = exec;
  return action;
}

Action on_context(ActionKind kind, CUcontext context) {
  Action action;
  action.kind = kind;
  action.context = context;
  return action;
}

Action on_device(ActionKind kind, CUdevice device) {
  Action action;
  action.kind = kind;
  action.device = device;
  return action;
}

Action opaque_copy(CUstream stream) {
  Action action = on_stream(ActionKind::kCopy, stream);
  action.opaque = true;
  action.name = "memcpy";
  return action;
}

// With parameters that were set by calls of their own.
Action old_launch(CUfunction function, CUstream stream) {
  Action action = on_stream(ActionKind::kLaunch, stream);
  action.launch.function = function;
  return action;
}

Action launch(const cuLaunchKernel_params& call) {
  Action action = on_stream(ActionKind::kLaunch, call.hStream);
  action.launch = {call.f,
                   {call.gridDimX, call.gridDimY, call.gridDimZ},
                   {call.blockDimX, call.blockDimY, call.blockDimZ},
                   call.sharedMemBytes,
                   call.kernelParams,
                   call.extra};
  return action;
}

Action launch(const cuLaunchCooperativeKernel_params& call) {
  Action action = on_stream(ActionKind::kLaunch, call.hStream);
  action.launch = {call.f,
                   {call.gridDimX, call.gridDimY, call.gridDimZ},
                   {call.blockDimX, call.blockDimY, call.blockDimZ},
                   call.sharedMemBytes,
                   call.kernelParams,
                   nullptr,
                   true};
  return action;
}

Action launch(const cuLaunchKernelEx_params& call) {
  if (!call.config) return {};
  const CUlaunchConfig& config = *call.config;
  Action action = on_stream(ActionKind::kLaunch, config.hStream);
  action.launch = {call.f,
                   {config.gridDimX, config.gridDimY, config.gridDimZ},
                   {config.blockDimX, config.blockDimY, config.blockDimZ},
                   config.sharedMemBytes,
                   call.kernelParams,
                   call.extra};
  unsigned events = 0;
  const auto record = [&](CUevent event) {
    if (events < LaunchAction::kMostEvents) action.launch.events[events++] = event;
  };
  for (unsigned i = 0; i < config.numAttrs; ++i) {
    const CUlaunchAttribute& attribute = config.attrs[i];
    if (attribute.id == CU_LAUNCH_ATTRIBUTE_COOPERATIVE)
      action.launch.cooperative |= attribute.value.cooperative != 0;
    else if (attribute.id == CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_EVENT)
      record(attribute.value.programmaticEvent.event);
    else if (attribute.id == CU_LAUNCH_ATTRIBUTE_LAUNCH_COMPLETION_EVENT)
      record(attribute.value.launchCompletionEvent.event);
  }
  action.launch.attributes = config.numAttrs > 0;
  return action;
}

Action tensor_map(const void* map, const void* address) {
  Action action;
  action.kind = ActionKind::kTensorMap;
  action.tensor_map = map;
  action.address = reinterpret_cast<uint64_t>(address);
  return action;
}

Action unmap(uint64_t begin, size_t bytes) {
  Action action;
  action.kind = ActionKind::kUnmap;
  action.destination = from(begin, bytes);
  return action;
}

// Registers of a device may do something when they are read.
MemoryKind registered(unsigned flags) {
  return flags & CU_MEMHOSTREGISTER_IOMEMORY ? MemoryKind::kOpaque : MemoryKind::kHost;
}

Action mapping(Range range, uint64_t handle) {
  Action action = allocation(range, MemoryKind::kOpaque);
  action.mapped = true;
  action.owner = handle;
  return action;
}

// Until the device may read what is mapped, nobody may. What the host may write, too, it may write
// at any time.
Action access(Range range, const CUmemAccessDesc* access, size_t count) {
  Action action;
  if (!access) return action;
  action.kind = ActionKind::kAccess;
  action.destination = range;
  action.memory = MemoryKind::kOpaque;
  bool device = false, host = false;
  for (size_t i = 0; i < count; ++i)
    if (access[i].flags != CU_MEM_ACCESS_FLAGS_PROT_NONE)
      (access[i].location.type == CU_MEM_LOCATION_TYPE_DEVICE ? device : host) = true;
  if (device) action.memory = host ? MemoryKind::kManaged : MemoryKind::kDevice;
  return action;
}

// Memory of other devices' or processes', which plain reads may not be made for.
Action foreign_handle(uint64_t handle) {
  Action action;
  action.kind = ActionKind::kForeignHandle;
  action.owner = handle;
  return action;
}

// Known by its address alone: it may be constant, and goes with its module.
template <typename Owner>
Action variable(uint64_t begin, size_t bytes, Owner owner) {
  Action action = allocation(from(begin, bytes ? bytes : 1), MemoryKind::kOpaque);
  action.owner = reinterpret_cast<uint64_t>(owner);
  return action;
}

Action external(uint64_t begin, const CUDA_EXTERNAL_MEMORY_BUFFER_DESC* buffer) {
  if (!buffer) return {};
  return allocation(from(begin, buffer->size), MemoryKind::kOpaque);
}

template <typename Owner>
Action unload(Owner owner) {
  Action action;
  action.kind = ActionKind::kUnload;
  action.owner = reinterpret_cast<uint64_t>(owner);
  return action;
}

Action written_value(uint64_t address, size_t bytes, uint64_t value, CUstream stream) {
  Action action = fill(address, bytes, value, stream);
  action.name = "write_value";
  return action;
}

// Waits and writes, in a list.
Action batch_of_values(CUstream stream) {
  Action action = opaque_copy(stream);
  action.waits_for_memory = true;
  return action;
}

Action fill_2d(uint64_t begin, size_t pitch, size_t width, size_t rows, unsigned value,
               CUstream stream) {
  Action action = fill(begin, 0, value, stream);
  action.destination = hull(begin, 0, pitch, width, rows);
  action.gaps = rows > 1 && pitch != width;
  return action;
}

Action end_capture(CUstream stream, CUgraph* graph, bool done) {
  Action action = on_stream(ActionKind::kCaptureEnd, stream);
  if (done && graph) action.graph = *graph;
  return action;
}

// One that the device may launch is launched unseen: then it is not known what it does.
Action instantiate(CUgraph graph, CUgraphExec* exec, unsigned long long flags, bool done) {
  const bool by_device = flags & CUDA_GRAPH_INSTANTIATE_FLAG_DEVICE_LAUNCH;
  return on_graph(ActionKind::kGraphInstantiate, by_device ? nullptr : graph,
                  done && exec ? *exec : nullptr);
}

// Memory that is there while the graph runs, at an address that is known before.
template <typename Made>
Action graph_memory(CUgraph graph, const Made* made, bool done) {
  Action action = on_graph(ActionKind::kGraphExtended, graph, nullptr);
  action.memory = MemoryKind::kOpaque;
  if (done && made) action.destination = from(made->dptr, made->bytesize);
  return action;
}

Action graph_node(CUgraph graph, const CUgraphNodeParams* made, bool done) {
  const bool memory = made && made->type == CU_GRAPH_NODE_TYPE_MEM_ALLOC;
  return graph_memory(graph, memory ? &made->alloc : nullptr, done);
}

Action green_made(CUgreenCtx* green, CUdevice device, bool done) {
  Action action = on_device(ActionKind::kGreenMade, device);
  if (done && green) action.green = *green;
  return action;
}

Action on_green(ActionKind kind, CUgreenCtx green, CUcontext* context, bool done) {
  Action action = on_context(kind, done && context ? *context : nullptr);
  action.green = green;
  return action;
}

bool is_per_thread(uint32_t id);

}  // namespace

#define DETAUDIT_ID(id, structure, action) id,
const uint32_t kKnownCalls = CUPTI_DRIVER_TRACE_CBID_SIZE;

std::span<const uint32_t> observed_calls() {
  static constexpr uint32_t kCalls[] = {DETAUDIT_CALLS(DETAUDIT_ID)};
  return kCalls;
}

Action action_of(const DriverCall& call, bool done) {
  Action action;
  if (call.id >= kKnownCalls) {
    action.kind = ActionKind::kUnknown;
    return action;
  }
  if (!call.parameters && call.id != CUPTI_DRIVER_TRACE_CBID_cuCtxSynchronize) return action;
  switch (call.id) {
#define DETAUDIT_CASE(call_id, structure, expression) \
  case call_id: {                                     \
    [[maybe_unused]] const auto& p = as<structure>(call); \
    action = expression;                              \
    break;                                            \
  }
    DETAUDIT_CALLS(DETAUDIT_CASE)
    default:
      return action;
  }
  action.per_thread = is_per_thread(call.id);
  return action;
}

namespace {

constexpr bool names_own_stream(std::string_view name) {
  return name.ends_with("_ptsz") || name.ends_with("_ptds");
}

bool is_per_thread(uint32_t id) {
  switch (id) {
#define DETAUDIT_NAME(call_id, structure, action) \
  case call_id:                                   \
    return names_own_stream(#call_id);
    DETAUDIT_CALLS(DETAUDIT_NAME)
    default:
      return false;
  }
}

}  // namespace
}  // namespace detaudit::instrument::cupti
