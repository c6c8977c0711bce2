#include "instrument/cupti/gpu_coverage.h"

namespace detaudit::instrument::cupti {

const char* seen_name(Seen what) {
  switch (what) {
    case Seen::kLaunches: return "kernel launches";
    case Seen::kLaunchesDigested: return "kernel launches digested";
    case Seen::kCopies: return "copies";
    case Seen::kFills: return "fills";
    case Seen::kCopiesDigested: return "copies and fills digested";
    case Seen::kGraphLaunches: return "graph launches";
    case Seen::kGraphLaunchesDigested: return "graph launches digested";
    case Seen::kSweeps: return "sweeps over all memory";
    case Seen::kUnsoundBuffers: return "buffers that other work may have written meanwhile";
    case Seen::kAddressBuffers: return "buffers that hold addresses";
    case Seen::kNotReady: return "launches before the device could digest";
    case Seen::kUnreadableParameters: return "launches whose parameters could not be read";
    case Seen::kNoRoom: return "launches while no room was left for digests";
    case Seen::kTooManyBuffers: return "launches with more buffers than are digested";
    case Seen::kCutBuffers: return "buffers longer than is digested";
    case Seen::kUnreadBuffers:
      return "buffers that are known by their address alone, or are another context's";
    case Seen::kOutsideWindow:
      return "launches, copies and fills not digested one by one";
    case Seen::kBehindLastSweep:
      return "launches behind the last sweep";
    case Seen::kFreedUnswept:
      return "allocations written and freed between two sweeps";
    case Seen::kRacedSweeps:
      return "sweeps of work that threads gave in no fixed order";
    case Seen::kWidestWindow:
      return "launches between two sweeps at most";
    case Seen::kInCapture: return "launches of a capture that could not be digested";
    case Seen::kSeveralDevices: return "launches over several devices";
    case Seen::kOpaqueCopies: return "copies of arrays or in batches";
    case Seen::kGraphChanged:
      return "launches of graphs changed node by node, or that the device may launch";
    case Seen::kLaterCalls: return "calls of a CUDA later than the one this was built with";
    case Seen::kLaunchFailed: return "launches that failed";
    case Seen::kCutShort: return "events under way when the process ended";
    case Seen::kUnexplainedChange: return "allocations changed by no work seen";
    case Seen::kReplayed:
      return "kernel launches replayed";
    case Seen::kReplayCooperative:
      return "launches not replayed: cooperative, or with attributes";
    case Seen::kReplayNccl:
      return "launches not replayed: kernels of NCCL or NVSHMEM";
    case Seen::kReplayVariables:
      return "launches not replayed: variables in device memory, or unread code";
    case Seen::kReplayHostVisible:
      return "launches not replayed: memory that the host or a peer sees";
    case Seen::kReplayBeside:
      return "launches not replayed: other work may have run beside them";
    case Seen::kReplayNoRoom:
      return "launches not replayed: their buffers are larger than is copied";
    case Seen::kReplayInGraph:
      return "launches not replayed: captured into a graph";
    case Seen::kReplayUndigested:
      return "launches not replayed: not digested one by one";
    case Seen::kReplayFailed:
      return "replays that failed";
    case Seen::kCount: break;
  }
  return "";
}

void GpuCoverage::tell(Sink& sink) const {
  for (size_t i = 0; i < counts_.size(); ++i)
    if (counts_[i]) sink.cover(seen_name(static_cast<Seen>(i)), "", counts_[i]);
}

}  // namespace detaudit::instrument::cupti
