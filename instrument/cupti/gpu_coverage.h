#pragma once

#include <array>
#include <cstdint>

#include "instrument/cupti/sink.h"

namespace detaudit::instrument::cupti {

// What was seen and what was left out, and why: what the report says of its own sight.
enum class Seen : uint8_t {
  kLaunches,
  kLaunchesDigested,
  kCopies,
  kFills,
  kCopiesDigested,  // fills as well
  kGraphLaunches,
  kGraphLaunchesDigested,
  kSweeps,
  kUnsoundBuffers,
  kAddressBuffers,  // hold addresses that the host put there
  kNotReady,  // before the device could digest
  kUnreadableParameters,
  kNoRoom,
  kTooManyBuffers,
  kCutBuffers,       // longer than is digested
  kUnreadBuffers,
  kOutsideWindow,    // copies and fills as well
  kBehindLastSweep,  // launches
  kFreedUnswept,
  kRacedSweeps,
  kWidestWindow,  // a measure, not a count
  kInCapture,
  kSeveralDevices,
  kOpaqueCopies,
  kGraphChanged,  // node by node, after it was made
  kLaterCalls,
  kLaunchFailed,
  kCutShort,           // under way when the process ended
  kUnexplainedChange,  // memory that changed though no work seen could reach it
  kReplayed,
  kReplayCooperative,
  kReplayNccl,
  kReplayVariables,
  kReplayHostVisible,
  kReplayBeside,
  kReplayNoRoom,
  kReplayInGraph,
  kReplayUndigested,
  kReplayFailed,
  kCount,
};

class GpuCoverage {
 public:
  void add(Seen what, uint64_t count = 1) { counts_[static_cast<size_t>(what)] += count; }
  void raise(Seen what, uint64_t to) {
    uint64_t& count = counts_[static_cast<size_t>(what)];
    if (count < to) count = to;
  }
  uint64_t of(Seen what) const { return counts_[static_cast<size_t>(what)]; }
  void tell(Sink& sink) const;

 private:
  std::array<uint64_t, static_cast<size_t>(Seen::kCount)> counts_{};
};

// Told at the change to sweeps, of a device.
inline constexpr const char* kLaunchesBeforeSweeps = "launches before sweeps took over";
inline constexpr const char* kBytesBeforeSweeps = "bytes reached before sweeps took over";

// Told of each device that a context was made on, with its name; the number is 13000 for CUDA 13.0.
inline constexpr const char* kCudaOfDevice = "CUDA version of the driver of a device used";

// "launches: digested"
const char* seen_name(Seen what);

}  // namespace detaudit::instrument::cupti
