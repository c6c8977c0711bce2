#pragma once

#include <cstddef>
#include <cstdint>

#include "instrument/trace/pages.h"

namespace detaudit::instrument {

// What DETAUDIT_CONTROL asked of this process, off the subject's heap. Constant once recording.
struct Settings {
  static constexpr size_t kDirectoryBytes = 3072;
  char directory[kDirectoryBytes];
  char watcher[64];
  uint32_t replays;
  uint32_t replay_seconds;
  uint32_t workers;
  uint64_t stop_after_step;
  uint64_t schedule_seed;
  int64_t clock_shift_ns;
  int64_t earlier_from_ns, earlier_to_ns;
  int64_t run_from_ns;
  uint64_t folder_order;
  bool clock_pinned;
  bool other_clocks_pinned;
  bool pid_pinned;
  bool replay_exact;
  uint8_t stack_fill;
  uint64_t entropy_seed;
  PageArray<uint64_t> replay_ops, capture;  // the latter sorted
  size_t replay_op_count, capture_count;

  bool wants_replay(uint64_t op_hash) const;
  size_t capture_index(uint64_t identity) const;  // in `capture`; capture_count: not wanted
};

const Settings& settings();

// From the environment; false when this process is not under audit.
bool load_settings();

}  // namespace detaudit::instrument
