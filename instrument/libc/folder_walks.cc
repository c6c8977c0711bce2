#include <fcntl.h>
#include <fts.h>
#include <pthread.h>

#include <cstring>

#include "instrument/libc/entry_order.h"
#include "instrument/libc/next_function.h"
#include "instrument/libc/open_handles.h"
#include "instrument/libc/written_file.h"

// Walks of the C library over all that is below a folder, by readers of its own, out of sight.
namespace detaudit::instrument {
namespace {

static_assert(sizeof(FTS) == sizeof(FTS64) && sizeof(FTSENT) == sizeof(FTSENT64));

using CompareEntries = int(const FTSENT**, const FTSENT**);
constinit NextFunction<FTS*(char* const*, int, CompareEntries*)> g_fts_open("fts_open");
constinit NextFunction<FTSENT*(FTS*)> g_fts_read("fts_read");
constinit NextFunction<FTSENT*(FTS*, int)> g_fts_children("fts_children");
constinit NextFunction<int(FTS*)> g_fts_close("fts_close");

struct OpenWalk {
  SeenOrder seen;
  char root[PATH_MAX] = {};
};

// Those that nobody gave an order; what finds no room is walked without a note.
constexpr size_t kWalks = 8;
constinit OpenHandles<FTS, OpenWalk, kWalks> g_walks;

__attribute__((constructor)) void free_lock_in_children() {
  pthread_atfork(nullptr, nullptr, [] { g_walks.free_lock(); });
}

// Null when it has none.
OpenWalk* find(const ProbeScope& scope, FTS* walk) {
  return scope && walk ? g_walks.find(walk) : nullptr;
}

thread_local char* const* t_roots = nullptr;

long place_among_roots(const char* path) {
  long place = 0;
  for (char* const* root = t_roots; root && *root && std::strcmp(*root, path) != 0; ++root) ++place;
  return place;
}

// Roots stay as they were given: they are compared while the walk is opened, and only then.
int by_the_runs_order(const FTSENT** a, const FTSENT** b) {
  const char *x = (*a)->fts_name, *y = (*b)->fts_name;
  if ((*a)->fts_level == FTS_ROOTLEVEL) {
    const long i = place_among_roots(x), j = place_among_roots(y);
    return (i > j) - (i < j);
  }
  const uint64_t order = probe_settings().folder_order;
  return comes_before(order, x, y) ? -1 : comes_before(order, y, x);
}

FTS* open_walk(char* const* roots, int options, CompareEntries* compare) {
  bool ours = false;
  {
    ProbeScope scope;
    ours = scope && !compare;
    if (ours && probe_settings().folder_order != 0) compare = by_the_runs_order;
  }
  t_roots = roots;
  FTS* walk = g_fts_open.get()(roots, options, compare);
  t_roots = nullptr;
  ProbeScope scope;
  if (!ours || !scope || !walk || !roots[0]) return walk;
  char root[PATH_MAX];
  OpenWalk* fresh = absolute_name(AT_FDCWD, roots[0], root) ? g_walks.add(walk) : nullptr;
  if (!fresh) return walk;
  fresh->seen = {};
  std::strcpy(fresh->root, root);
  return walk;
}

FTSENT* read_walk(FTS* walk) {
  FTSENT* entry = g_fts_read.get()(walk);
  ProbeScope scope;
  OpenWalk* known = find(scope, walk);
  if (!known) return entry;
  if (!entry)
    known->seen.tell(known->root);
  else if (entry->fts_level > FTS_ROOTLEVEL && entry->fts_info != FTS_DP)
    known->seen.note(entry->fts_name);
  return entry;
}

FTSENT* read_children(FTS* walk, int options) {
  FTSENT* first = g_fts_children.get()(walk, options);
  ProbeScope scope;
  OpenWalk* known = find(scope, walk);
  if (!known) return first;
  for (const FTSENT* each = first; each; each = each->fts_link)
    if (each->fts_level > FTS_ROOTLEVEL) known->seen.note(each->fts_name);
  known->seen.tell(known->root);
  return first;
}

int close_walk(FTS* walk) {
  {
    ProbeScope scope;
    if (find(scope, walk)) g_walks.remove(walk);
  }
  return g_fts_close.get()(walk);
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED FTS* fts_open(char* const* roots, int options, CompareEntries* compare) {
  return open_walk(roots, options, compare);
}
DETAUDIT_INTERPOSED FTS64* fts64_open(char* const* roots, int options,
                                      int (*compare)(const FTSENT64**, const FTSENT64**)) {
  return reinterpret_cast<FTS64*>(
      open_walk(roots, options, reinterpret_cast<CompareEntries*>(compare)));
}
DETAUDIT_INTERPOSED FTSENT* fts_read(FTS* walk) { return read_walk(walk); }
DETAUDIT_INTERPOSED FTSENT64* fts64_read(FTS64* walk) {
  return reinterpret_cast<FTSENT64*>(read_walk(reinterpret_cast<FTS*>(walk)));
}
DETAUDIT_INTERPOSED FTSENT* fts_children(FTS* walk, int options) {
  return read_children(walk, options);
}
DETAUDIT_INTERPOSED FTSENT64* fts64_children(FTS64* walk, int options) {
  return reinterpret_cast<FTSENT64*>(read_children(reinterpret_cast<FTS*>(walk), options));
}
DETAUDIT_INTERPOSED int fts_close(FTS* walk) { return close_walk(walk); }
DETAUDIT_INTERPOSED int fts64_close(FTS64* walk) {
  return close_walk(reinterpret_cast<FTS*>(walk));
}
