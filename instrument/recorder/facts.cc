#include "instrument/recorder/facts.h"

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unwind.h>

#include <atomic>
#include <cstdio>
#include <cstring>

#include "instrument/recorder/key_set.h"
#include "instrument/recorder/recorder.h"
#include "instrument/recorder/sources.h"

namespace detaudit::instrument {
namespace {

constinit KeySet<size_t{1} << 15> g_facts;
constinit std::atomic<bool> g_fact_lost{false};

uint64_t key_of(SourceKind kind, const char* function, const char* site) {
  const uint64_t parts[3] = {static_cast<uint64_t>(kind), text_hash(function), text_hash(site)};
  return text_hash({reinterpret_cast<const char*>(parts), sizeof parts}) | 1;
}

bool starts_with(const char* text, const char* prefix) {
  return std::strncmp(text, prefix, std::strlen(prefix)) == 0;
}

const char* name_of(const char* path) {
  const char* slash = std::strrchr(path, '/');
  return slash ? slash + 1 : path;
}

// The program itself has no name in the loader's list (dladdr tells its first argument, which may
// be any); a library that was named from the working folder on is where that leads now.
bool path_of(const char* listed, char (&path)[PATH_MAX]) {
  if (listed[0]) return realpath(listed, path) != nullptr;
  const ssize_t bytes = readlink("/proc/self/exe", path, sizeof path - 1);
  if (bytes <= 0) return false;
  path[bytes] = '\0';
  return true;
}

// The file that a module was loaded from, and when it was written: who looks it up later must find
// the same one.
void note_module(const char* module, const char* listed) {
  char path[PATH_MAX];
  struct stat facts;
  if (!path_of(listed, path) || stat(path, &facts) != 0) return;
  note_fact(SourceKind::kModule, module, path,
            static_cast<uint64_t>(facts.st_mtim.tv_sec) * 1'000'000'000 +
                static_cast<uint64_t>(facts.st_mtim.tv_nsec));
}

bool is_runtime(const char* module) {
  for (const char* own : {"libc.so", "libc-", "ld-", "libpthread", "libdetaudit_"})
    if (starts_with(module, own)) return true;
  return false;
}

constexpr int kPlaces = 4;

struct Walk {
  const void* found[kPlaces] = {};
  int places = 0;
  int left = 32;
};

bool is_systems(const void* address) {
  Dl_info info;
  if (!dladdr(address, &info) || !info.dli_fname) return false;
  const char* path = info.dli_fname;
  if (is_runtime(name_of(path))) return true;
  return (starts_with(path, "/usr/lib") || starts_with(path, "/lib")) && std::strstr(path, ".so");
}

_Unwind_Reason_Code look_at_frame(_Unwind_Context* context, void* walk) {
  auto& w = *static_cast<Walk*>(walk);
  const auto* address = reinterpret_cast<const void*>(_Unwind_GetIP(context));
  if (!address || --w.left == 0) return _URC_END_OF_STACK;
  if (is_systems(address)) return w.places == 0 ? _URC_NO_REASON : _URC_END_OF_STACK;
  w.found[w.places++] = address;
  return w.places < kPlaces ? _URC_NO_REASON : _URC_END_OF_STACK;
}

// What is known of files is judged, or says which of two runs' files belong together.
bool decides_outputs(SourceKind kind) {
  return kind == SourceKind::kSaved || kind == SourceKind::kRenamed ||
         kind == SourceKind::kNameMade || kind == SourceKind::kProcessNumber;
}

void tell_loss(Session& session, SourceKind kind, uint64_t step) {
  if (decides_outputs(kind))
    return session.writer().drop(1, "more was noted of files than can be kept");
  if (g_fact_lost.exchange(true) || step > settings().stop_after_step) return;
  session.writer().source(SourceKind::kUnseenCall, "more different ones were made than can be kept",
                          "the C library", step, session.writer().events(), 1);
}

}  // namespace

void note_fact(SourceKind kind, const char* function, const char* site, uint64_t count) {
  const uint64_t key = key_of(kind, function, site);
  if (g_facts.contains(key)) return;
  ThreadLane* lane = current_lane();
  Session session;
  if (g_facts.contains(key)) return;
  const uint64_t step = lane && lane->own_step ? lane->step : session.process_step();
  if (g_facts.full()) return tell_loss(session, kind, step);
  if (step <= settings().stop_after_step)
    session.writer().source(kind, function, site, step, session.writer().events(), count);
  g_facts.add(key);
}

bool describe_site(const void* address, char* name, size_t bytes) {
  Dl_info info;
  link_map* map = nullptr;
  if (!dladdr1(address, &info, reinterpret_cast<void**>(&map), RTLD_DL_LINKMAP) ||
      !info.dli_fname) {
    std::snprintf(name, bytes, "unknown");
    return true;
  }
  const char* module = name_of(info.dli_fname);
  if (is_runtime(module)) return false;
  std::snprintf(name, bytes, "%s+0x%zx", module,
                static_cast<size_t>(static_cast<const char*>(address) -
                                    static_cast<const char*>(info.dli_fbase)));
  note_module(module, map->l_name);
  return true;
}

bool describe_caller(const void* address, char* names, size_t bytes) {
  Walk walk;
  if (is_systems(address)) _Unwind_Backtrace(look_at_frame, &walk);
  if (walk.places == 0) return describe_site(address, names, bytes);
  size_t used = 0;
  for (int i = 0; i < walk.places; ++i) {
    char place[232];
    if (!describe_site(walk.found[i], place, sizeof place)) continue;
    const int printed = std::snprintf(names + used, bytes - used, "%s%s", used ? " " : "", place);
    if (printed < 0 || static_cast<size_t>(printed) >= bytes - used) break;
    used += static_cast<size_t>(printed);
  }
  names[used] = '\0';
  return used > 0;
}

}  // namespace detaudit::instrument
