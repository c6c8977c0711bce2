#pragma once

#include <cstdint>
#include <span>

#include "instrument/cupti/allocation_map.h"
#include "instrument/cupti/driver_call.h"

namespace detaudit::instrument::cupti {

enum class ActionKind : uint8_t {
  kNone,
  kLaunch,
  kLaunchMany,  // one call, several devices
  kCopy,
  kFill,
  kAllocate,
  kFree,
  kUnmap,
  kAccess,         // whether the device may read what is mapped
  kForeignHandle,  // of memory that others give
  kUnload,         // code, and its variables
  kPeerOpened,
  kPeerClosed,
  kStreamDestroy,
  kEventRecord,
  kEventDestroy,
  kStreamWait,
  kStreamWaited,   // the host waited for a stream
  kEventWaited,    // for an event
  kContextWaited,  // for all
  kContextEnd,
  kContextReleased,  // a device's primary one; the last release ends it
  kDeviceReset,
  kCaptureEnd,
  kGraphInstantiate,
  kGraphUpdate,
  kGraphExtended,  // by hand
  kCaptureReordered,  // what a captured stream goes on behind, by hand
  kGraphsChanged,  // nodes, of a graph that the call does not name
  kGraphLaunch,
  kGraphDestroy,
  kTensorMap,
  kHostFunction,
  kMemoryWait,  // a stream waits for a value in memory, or for another device's signal
  kGreenMade,   // a part of a device
  kGreenGiven,  // as a context
  kGreenEnd,
  kUnknown,     // of a later CUDA than this was built with
};

struct LaunchAction {
  CUfunction function = nullptr;
  unsigned grid[3] = {}, block[3] = {};
  unsigned shared_bytes = 0;
  void** parameters = nullptr;
  void** extra = nullptr;
  bool cooperative = false;
  bool attributes = false;  // clusters, dependent launches and the like
  static constexpr unsigned kMostEvents = 4;
  CUevent events[kMostEvents] = {};  // that the kernel itself records, at a moment of its choice
};

// What a driver call asks for, whichever of its many versions was called. Valid as the call is.
struct Action {
  ActionKind kind = ActionKind::kNone;
  CUstream stream = nullptr;  // of stream 0: as given; see per_thread
  bool per_thread = false;    // stream 0 means the thread's own default stream
  bool in_stream = false;     // memory that is given, or taken back, when the stream gets there
  bool synchronous = false;   // the host waits for it, where it copies to the host
  bool host_reads = false;    // a copy whose source is host memory, at `source`
  bool either_reads = false;  // or of the host's or the device's, as the address tells
  bool opaque = false;        // touches memory in a way that is not described here
  bool gaps = false;          // `destination` has parts that stay as they are
  bool mapped = false;        // by the virtual memory interface: neighbours are one buffer
  bool waits_for_memory = false;
  LaunchAction launch;
  Range destination, source;  // device or host addresses; of 2D and 3D work the hull
  MemoryKind memory = MemoryKind::kDevice;
  uint64_t owner = 0;  // module, library or handle of the memory
  CUcontext context = nullptr;
  CUdevice device = 0;
  CUevent event = nullptr;
  CUgraph graph = nullptr;
  CUgraphExec exec = nullptr;
  CUgreenCtx green = nullptr;
  const void* tensor_map = nullptr;  // 128 bytes
  uint64_t address = 0;              // of a tensor map
  uint64_t value = 0;                // of a fill
  const char* name = "";             // of copies and fills: the event's op
};

// The calls that action_of knows. Every id behind kKnownCalls is of a later CUDA.
std::span<const uint32_t> observed_calls();
extern const uint32_t kKnownCalls;

// `done`: at the call's end, when what it returned may be read.
Action action_of(const DriverCall& call, bool done);

}  // namespace detaudit::instrument::cupti
