#include "instrument/recorder/sources.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstring>

#include "instrument/recorder/facts.h"
#include "instrument/recorder/key_set.h"
#include "instrument/recorder/recorder.h"

namespace detaudit::instrument {
namespace {

// One call site of one function. Found without a lock by readers; added under the recorder's.
struct Site {
  std::atomic<uint64_t> key;  // 0: free
  std::atomic<uint64_t> count;
  uint64_t step, order;
  const char* function;
  SourceKind kind;
  bool counts;  // false: not the subject's doing
  char name[232];
};
constexpr size_t kSites = 2048;
constexpr size_t kMostSites = kSites / 2;
constinit Site g_sites[kSites]{};
size_t g_used = 0;

Site& find(uint64_t key) {
  size_t at = key & (kSites - 1);
  for (;; at = (at + 1) & (kSites - 1)) {
    uint64_t found = g_sites[at].key.load(std::memory_order_acquire);
    if (found == 0 || found == key) return g_sites[at];
  }
}

uint64_t step_of(const ThreadLane* lane, const Session& session) {
  return lane && lane->own_step ? lane->step : session.process_step();
}

// Names and step first, the key last: whoever finds the key finds the rest.
void add(uint64_t key, const Site& what, const char* site_name) {
  ThreadLane* lane = current_lane();
  Session session;
  Site& site = find(key);
  if (site.key.load(std::memory_order_relaxed) == key || g_used == kMostSites) return;
  ++g_used;
  site.count.store(what.count.load(std::memory_order_relaxed), std::memory_order_relaxed);
  site.kind = what.kind;
  site.function = what.function;
  site.counts = what.counts;
  site.step = step_of(lane, session);
  site.order = session.writer().events();
  std::snprintf(site.name, sizeof site.name, "%s", what.name);
  if (site_name && site.step <= settings().stop_after_step)
    session.writer().source(what.kind, what.function, site_name, site.step, site.order,
                            site.count.load(std::memory_order_relaxed));
  site.key.store(key, std::memory_order_release);
}

// Each path is written once, also over forks, whose parent wrote it.
constinit KeySet<size_t{1} << 16> g_paths;

void note_path(SourceKind kind, const char* function, const char* path) {
  uint64_t key = (text_hash(path) + static_cast<uint64_t>(kind) * 0x9e3779b97f4a7c15u) | 1;
  if (g_paths.contains(key)) return;
  ThreadLane* lane = current_lane();
  Session session;
  if (g_paths.contains(key)) return;
  if (g_paths.full()) {
    // A removal that is not noted makes the verdict more careful, not less.
    if (kind != SourceKind::kFileRemoved)
      session.writer().drop(1, "more files were written or read than can be kept");
    return;
  }
  uint64_t step = step_of(lane, session);
  if (step <= settings().stop_after_step)
    session.writer().source(kind, function, path, step, session.writer().events(), 1);
  g_paths.add(key);
}

}  // namespace

bool probing() { return recording(); }
const Settings& probe_settings() { return settings(); }
ThreadLane* probe_lane() { return current_lane(); }

void note_source(SourceKind kind, const char* function, const void* address) {
  ThreadLane* lane = current_lane();
  if (lane && lane->replaying) return;
  uint64_t parts[2] = {reinterpret_cast<uint64_t>(address), reinterpret_cast<uint64_t>(function)};
  uint64_t key = text_hash({reinterpret_cast<const char*>(parts), sizeof parts}) | 1;
  Site& site = find(key);
  if (site.key.load(std::memory_order_acquire) == key) {
    site.count.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  Site fresh{};
  fresh.kind = kind;
  fresh.count = 1;
  fresh.function = function;
  // Asks the loader, so before the recorder's lock: constructors run under the loader's.
  fresh.counts = describe_site(address, fresh.name, sizeof fresh.name);
  add(key, fresh, fresh.counts ? fresh.name : nullptr);
}

namespace {

// Texts of functions, kept for good: what gave them may be gone when the last counts are written.
constexpr size_t kTextBytes = size_t{256} << 10;
constinit char g_texts[kTextBytes]{};
constinit std::atomic<size_t> g_text_bytes{0};

const char* kept_text(const char* text) {
  const size_t bytes = std::strlen(text) + 1;
  const size_t at = g_text_bytes.fetch_add(bytes, std::memory_order_relaxed);
  if (at > kTextBytes || bytes > kTextBytes - at) return nullptr;
  std::memcpy(g_texts + at, text, bytes);
  return g_texts + at;
}

constinit std::atomic<bool> g_adapter{false};

}  // namespace

void adapter_opened() { g_adapter.store(true, std::memory_order_relaxed); }

bool has_no_adapter() {
  return !g_adapter.load(std::memory_order_relaxed) && dlsym(RTLD_DEFAULT, "Py_RunMain");
}

void note_text(SourceKind kind, const char* function, const char* site, uint64_t count) {
  ThreadLane* lane = current_lane();
  if (lane && lane->replaying) return;
  const uint64_t parts[3] = {text_hash(function), text_hash(site), static_cast<uint64_t>(kind)};
  const uint64_t key = text_hash({reinterpret_cast<const char*>(parts), sizeof parts}) | 1;
  Site& known = find(key);
  if (known.key.load(std::memory_order_acquire) == key) {
    known.count.fetch_add(count, std::memory_order_relaxed);
    return;
  }
  Site fresh{};
  fresh.kind = kind;
  fresh.count = count;
  fresh.function = kept_text(function);
  fresh.counts = true;
  std::snprintf(fresh.name, sizeof fresh.name, "%s", site);
  if (fresh.function) return add(key, fresh, fresh.name);
  Session session;
  session.writer().drop(1, "more facts were told by adapters than can be kept");
}

void note_file(const char* function, const char* absolute_path) {
  note_path(SourceKind::kFileWritten, function, absolute_path);
}

void note_file_removed(const char* function, const char* absolute_path) {
  note_path(SourceKind::kFileRemoved, function, absolute_path);
}

void note_file_inherited(const char* function, const char* absolute_path) {
  note_path(SourceKind::kFileInherited, function, absolute_path);
}

void note_unseen_program(const char* why, const char* absolute_path) {
  note_path(SourceKind::kUnseenProcess, why, absolute_path);
}

void note_watched_program(const char* why, const char* absolute_path) {
  note_path(SourceKind::kWatchedProcess, why, absolute_path);
}

ThreadLane* bear_lane(void* (*start)(void*), void* argument) {
  ThreadLane* parent = current_lane();
  ThreadLane* lane = parent ? new_thread_lane(*parent) : nullptr;
  if (!lane) return nullptr;
  lane->start = start;
  lane->argument = argument;
  return lane;
}

void bury_lane(ThreadLane* lane) { free_thread_lane(lane); }
void begin_lane(ThreadLane* lane) { adopt_lane(lane); }
void end_process() { finish_from_inside(); }

void write_sources(TraceWriter& writer) {
  if (g_used == 0) return;
  for (Site& site : g_sites) {
    uint64_t count = site.count.load(std::memory_order_relaxed);
    if (site.key.load(std::memory_order_relaxed) && site.counts && count > 1)
      writer.source(site.kind, site.function, site.name, site.step, site.order, count);
  }
}

void restart_sources() {
  if (g_used == 0) return;
  for (Site& site : g_sites) site.key.store(0, std::memory_order_relaxed);
  g_used = 0;
}

}  // namespace detaudit::instrument
