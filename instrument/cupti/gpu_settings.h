#pragma once

#include <cstdint>

namespace detaudit::instrument::cupti {

// What a runner asks of the GPU probe (instrument/control.h names it). Launches are counted in each
// context from 0, kernels and graphs alike.
struct GpuSettings {
  // Launches whose buffers are digested. Empty: none.
  uint64_t fine_from = 0, fine_to = UINT64_MAX;
  // Sweeps take their place once a context has launched, or its launches have reached, more than
  // that: asked when the number of launches is a power of two, so that two runs change over alike.
  uint64_t fine_launches = UINT64_MAX, fine_bytes = UINT64_MAX;
  // Launches between two sweeps (digests of all memory); 0: none. With `sweep_bytes` the next power
  // of two, and at least one launch for so many bytes mapped.
  uint64_t sweep_every = 0, sweep_bytes = 0;
  // Besides, within these launches: the window of a bisection.
  uint64_t narrow_from = 0, narrow_to = 0, narrow_every = 0;
  uint64_t most_bytes = uint64_t{256} << 20;    // of one buffer
  uint32_t most_buffers = 4096;                 // of one launch
  uint32_t replays = 0;  // executions of a suspect besides the subject's; 0: none
  bool (*suspect)(const char* op) = nullptr;    // which kernels are; null: all
  uint64_t replay_bytes = uint64_t{512} << 20;  // of device memory a context, for copies of buffers
  uint64_t wait_ns = 2'000'000'000;             // for room, and for what is under way at the end

  // Whether the change to sweeps is left to the probe.
  bool budgeted() const { return fine_launches != UINT64_MAX || fine_bytes != UINT64_MAX; }
};

}  // namespace detaudit::instrument::cupti
