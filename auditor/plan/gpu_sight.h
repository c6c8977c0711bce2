#pragma once

#include <cstdint>
#include <optional>

#include "instrument/control.h"

namespace detaudit::auditor {

// --gpu-detail. Fine: the buffers of each launch. Coarse: sweeps over all mapped memory every so
// many launches. Auto: fine, until a program proves large; then coarse.
enum class GpuDetail { kAuto, kFine, kCoarse };
const char* gpu_detail_name(GpuDetail detail);

// Launches of one context, counted from 0: from `from` up to, not including, `to`.
struct LaunchWindow {
  uint64_t from = 0, to = 0;
  uint64_t size() const { return to - from; }
  bool holds(const LaunchWindow& other) const { return other.from >= from && other.to <= to; }
  friend bool operator==(const LaunchWindow&, const LaunchWindow&) = default;
};

// How runs look at the GPU: what their probe is told.
struct GpuSight {
  // Auto changes to sweeps beyond either: some milliseconds of digests at an H200's bandwidth.
  static constexpr uint64_t kFineLaunches = 8192;
  static constexpr uint64_t kFineBytes = uint64_t{256} << 30;
  // Sweeps stay below a twentieth of the time when a launch takes 10 us and memory gives 4 TB/s.
  static constexpr uint64_t kSweepEvery = 256;
  static constexpr uint64_t kSweepBytes = uint64_t{2} << 20;

  GpuDetail detail = GpuDetail::kAuto;
  uint64_t sweep_every = 0;            // launches; 0: by the memory mapped
  std::optional<LaunchWindow> window;  // of a bisection: coarse outside of it
  uint64_t narrow_every = 0;           // sweeps within it; 1: and its launches are digested

  void apply(instrument::Control& control) const;
};

}  // namespace detaudit::auditor
