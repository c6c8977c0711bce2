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
  uint32_t replays = 0;         // K of --replay: executions besides the first; 0 = none
  std::vector<uint64_t> replay_ops;   // only these ops (hash of op name, identity.h); empty = all
  std::vector<uint64_t> capture;      // identities whose output buffers go to capture files
  uint64_t stop_recording_after_step = UINT64_MAX;  // later events are not recorded (arms only)
  uint64_t schedule_seed = 0;   // 0 = no delays at thread births and locks
  uint32_t workers = 0;         // what detaudit_workers answers; 0 = what was wanted
  int64_t clock_shift_ns = 0;   // added to the realtime clock
  bool clock_pinned = false;    // the realtime clock is virtual: fixed start, 1 us a reading
  uint64_t entropy_seed = 0;    // 0 = real entropy; else every source delivers a seeded stream
};

std::string encode(const Control& control);
Control decode(const std::string& text);

}  // namespace detaudit::instrument
