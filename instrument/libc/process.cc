#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "instrument/libc/next_function.h"
#include "instrument/libc/seen_calls.h"
#include "instrument/recorder/facts.h"
#include "instrument/trace/identity.h"

namespace detaudit::instrument {
namespace {

// Above the largest id that Linux gives (2^22).
constexpr pid_t kPinnedIds = 1 << 23;
constexpr uint64_t kPinnedCount = 1 << 20;

constinit NextFunction<pid_t()> g_getpid("getpid");
constinit NextFunction<pid_t()> g_getppid("getppid");
constinit NextFunction<pid_t()> g_gettid("gettid");
constinit NextFunction<int(pid_t, int)> g_kill("kill");
constinit NextFunction<void(int)> g_exit_now("_exit");

// By FNV-1a of a lane's name.
pid_t pinned_id(std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return kPinnedIds + static_cast<pid_t>(hash % kPinnedCount);
}

std::string_view process_of(const ThreadLane& lane) { return identity::process_of(lane.name); }

// Notes the reading; the lane to answer by when ids are pinned, else null. In a ProbeScope.
const ThreadLane* note_id(const char* function, const void* site) {
  note_source(SourceKind::kPid, function, site);
  return probe_settings().pid_pinned ? probe_lane() : nullptr;
}

// In a ProbeScope: names may be made of it, which are others in each run.
void note_number(const ThreadLane& lane, pid_t number) {
  static constinit std::atomic<pid_t> noted{0};  // here, or in the process that forked this one
  if (noted.exchange(number, std::memory_order_relaxed) == number) return;
  const std::string_view process = process_of(lane);
  char name[sizeof lane.name], digits[16];
  std::snprintf(name, sizeof name, "%.*s", static_cast<int>(process.size()), process.data());
  std::snprintf(digits, sizeof digits, "%d", number);
  note_fact(SourceKind::kProcessNumber, name, digits, 1);
}

[[noreturn]] void leave(int status) {
  {
    ProbeScope scope;
    if (scope) end_process();
  }
  g_exit_now.get()(status);
  __builtin_unreachable();
}

}  // namespace

pid_t seen_process_id(const char* function, const void* site) {
  ProbeScope scope;
  if (!scope) return g_getpid.get()();
  const ThreadLane* pinned = note_id(function, site);
  const pid_t number = pinned ? pinned_id(process_of(*pinned)) : g_getpid.get()();
  if (const ThreadLane* lane = probe_lane()) note_number(*lane, number);
  return number;
}

pid_t seen_parent_id(const char* function, const void* site) {
  ProbeScope scope;
  const ThreadLane* lane = scope ? note_id(function, site) : nullptr;
  if (!lane) return g_getppid.get()();
  const std::string_view process = process_of(*lane);
  const size_t end = process.find_last_of('.');
  // The first process's parent is no lane of ours, and not the process itself.
  return pinned_id(end == std::string_view::npos ? "" : process.substr(0, end));
}

pid_t seen_thread_id(const char* function, const void* site) {
  ProbeScope scope;
  const ThreadLane* lane = scope ? note_id(function, site) : nullptr;
  return lane ? pinned_id(lane->name) : g_gettid.get()();
}

}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED pid_t getpid() noexcept {
  return seen_process_id("getpid", DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED pid_t getppid() noexcept {
  return seen_parent_id("getppid", DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED pid_t gettid() noexcept { return seen_thread_id("gettid", DETAUDIT_CALL_SITE); }

// A process that signals itself by the id it was told means itself.
DETAUDIT_INTERPOSED int kill(pid_t process, int signal) noexcept {
  if (process >= kPinnedIds && probing() && probe_settings().pid_pinned) {
    ProbeScope scope;
    const ThreadLane* lane = scope ? probe_lane() : nullptr;
    if (lane && process == pinned_id(process_of(*lane))) process = g_getpid.get()();
  }
  return g_kill.get()(process, signal);
}

// Leaves without exit handlers: the trace would look as if the process had been killed.
DETAUDIT_INTERPOSED void _exit(int status) { leave(status); }
DETAUDIT_INTERPOSED void _Exit(int status) noexcept { leave(status); }
