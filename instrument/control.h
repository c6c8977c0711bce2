#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace detaudit::instrument {

// The one environment variable through which a runner controls the probes in a subject.
inline constexpr const char* kControlVariable = "DETAUDIT_CONTROL";

// What a runner asks of the probes in one run. Encoded as `name=value;...` in kControlVariable;
// values percent-encoded. Decoding never throws: unknown names are ignored, bad values are absent.
struct Control {
  std::string trace_directory;  // must exist; the process writes <lane>.dtrace in it
  // The abstract socket of who watches programs that no probe reaches (instrument/watch); "": nobody.
  std::string watcher;
  uint32_t replays = 0;         // K of --replay: executions besides the first; 0 = none
  bool replay_exact = false;    // replay what varied on inputs of exact sums too (arms only)
  uint32_t replay_seconds = 1;  // what replays may take besides some of the run's own time
  std::vector<uint64_t> replay_ops;   // only these ops (hash of op name, identity.h); empty = all
  std::vector<uint64_t> capture;      // identities whose output buffers go to capture files
  uint64_t stop_recording_after_step = UINT64_MAX;  // later events are not recorded (arms only)
  uint64_t schedule_seed = 0;   // 0 = no delays at births (threads, forks) and locks
  uint32_t workers = 0;         // what detaudit_workers answers; 0 = what was wanted
  int64_t clock_shift_ns = 0;   // added to the realtime clock
  bool clock_pinned = false;    // the realtime clock is virtual: fixed start, 1 us a reading
  bool other_clocks_pinned = false;  // likewise the monotonic clocks and those of processor time
  uint64_t folder_order = 0;    // of entries: 0 = as they come, 1 = sorted, else by a hash of it and them
  int64_t run_from_ns = 0;      // files that changed from here on are this run's; 0 = unknown
  bool pid_pinned = false;      // processes answer numbers of their lanes, beyond any real one
  uint8_t stack_fill = 0;       // what unused stacks hold when threads begin; 0: the first thread's alone
  // Files that changed from the one time up to the other are some earlier run's, and opening one is
  // noted; realtime clock as file systems have it. Equal: none are.
  int64_t earlier_from_ns = 0, earlier_to_ns = 0;
  uint64_t entropy_seed = 0;    // 0 = real entropy; else every source delivers a seeded stream
  // GPU: see instrument/cupti/gpu_settings.h.
  uint64_t gpu_fine_from = 0, gpu_fine_to = UINT64_MAX;
  uint64_t gpu_fine_launches = UINT64_MAX, gpu_fine_bytes = UINT64_MAX;
  uint64_t gpu_sweep_every = 0, gpu_sweep_bytes = 0;
  uint64_t gpu_narrow_from = 0, gpu_narrow_to = 0, gpu_narrow_every = 0;
};

std::string encode(const Control& control);
Control decode(const std::string& text);

}  // namespace detaudit::instrument
