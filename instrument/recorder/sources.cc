#include "instrument/recorder/sources.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstring>

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
  bool counts;  // false: not the subject's doing, or a file, noted once
  char name[104];
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

bool starts_with(const char* text, const char* prefix) {
  return std::strncmp(text, prefix, std::strlen(prefix)) == 0;
}

// "module+0xoffset"; false when the reading is the C library's own, or ours.
bool describe(const void* site, char* name, size_t bytes) {
  Dl_info info;
  if (!dladdr(site, &info) || !info.dli_fname) {
    std::snprintf(name, bytes, "unknown");
    return true;
  }
  const char* slash = std::strrchr(info.dli_fname, '/');
  const char* module = slash ? slash + 1 : info.dli_fname;
  for (const char* own : {"libc.so", "libc-", "ld-", "libpthread", "libdetaudit_"})
    if (starts_with(module, own)) return false;
  std::snprintf(name, bytes, "%s+0x%zx", module,
                static_cast<size_t>(static_cast<const char*>(site) -
                                    static_cast<const char*>(info.dli_fbase)));
  return true;
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
  site.count.store(1, std::memory_order_relaxed);
  site.kind = what.kind;
  site.function = what.function;
  site.counts = what.counts;
  site.step = step_of(lane, session);
  site.order = session.writer().events();
  std::snprintf(site.name, sizeof site.name, "%s", what.name);
  if (site_name && site.step <= settings().stop_after_step)
    session.writer().source(what.kind, what.function, site_name, site.step, site.order, 1);
  site.key.store(key, std::memory_order_release);
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
  fresh.function = function;
  // Asks the loader, so before the recorder's lock: constructors run under the loader's.
  fresh.counts = describe(address, fresh.name, sizeof fresh.name);
  add(key, fresh, fresh.counts ? fresh.name : nullptr);
}

void note_file(const char* function, const char* absolute_path) {
  uint64_t key = text_hash(absolute_path) | 1;
  if (find(key).key.load(std::memory_order_acquire) == key) return;
  Site fresh{};
  fresh.kind = SourceKind::kFileWritten;
  fresh.function = function;
  add(key, fresh, absolute_path);
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
