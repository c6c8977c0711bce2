#include "instrument/recorder/settings.h"

#include <limits.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "instrument/control.h"

namespace detaudit::instrument {
namespace {

constinit Settings g_settings{};

bool listed(const PageArray<uint64_t>& values, size_t count, uint64_t value) {
  for (size_t i = 0; i < count; ++i)
    if (values[i] == value) return true;
  return false;
}

size_t copy(const std::vector<uint64_t>& from, PageArray<uint64_t>& to) {
  if (from.empty() || !to.reserve(from.size())) return 0;
  std::memcpy(to.data(), from.data(), from.size() * sizeof(uint64_t));
  return from.size();
}

}  // namespace

bool Settings::wants_replay(uint64_t op_hash) const {
  return replays > 0 && (replay_op_count == 0 || listed(replay_ops, replay_op_count, op_hash));
}

size_t Settings::capture_index(uint64_t identity) const {
  const uint64_t *begin = capture.data(), *end = begin + capture_count;
  const uint64_t* found = std::lower_bound(begin, end, identity);
  return static_cast<size_t>((found != end && *found == identity ? found : end) - begin);
}

const Settings& settings() { return g_settings; }

bool load_settings() {
  const char* text = std::getenv(kControlVariable);
  if (!text) return false;
  Control control = decode(text);
  // Absolute, since the subject may change its folder.
  char directory[PATH_MAX];
  if (!realpath(control.trace_directory.c_str(), directory)) return false;
  if (std::strlen(directory) >= Settings::kDirectoryBytes) return false;
  std::strcpy(g_settings.directory, directory);
  if (control.watcher.size() < sizeof g_settings.watcher)
    std::strcpy(g_settings.watcher, control.watcher.c_str());
  g_settings.replays = control.replays;
  g_settings.replay_seconds = control.replay_seconds;
  g_settings.workers = control.workers;
  g_settings.stop_after_step = control.stop_recording_after_step;
  g_settings.schedule_seed = control.schedule_seed;
  g_settings.clock_shift_ns = control.clock_shift_ns;
  g_settings.earlier_from_ns = control.earlier_from_ns;
  g_settings.earlier_to_ns = control.earlier_to_ns;
  g_settings.clock_pinned = control.clock_pinned;
  g_settings.other_clocks_pinned = control.other_clocks_pinned;
  g_settings.folder_order = control.folder_order;
  g_settings.run_from_ns = control.run_from_ns;
  g_settings.pid_pinned = control.pid_pinned;
  g_settings.replay_exact = control.replay_exact;
  g_settings.stack_fill = control.stack_fill;
  g_settings.entropy_seed = control.entropy_seed;
  g_settings.replay_op_count = copy(control.replay_ops, g_settings.replay_ops);
  std::sort(control.capture.begin(), control.capture.end());
  g_settings.capture_count = copy(control.capture, g_settings.capture);
  return true;
}

}  // namespace detaudit::instrument
