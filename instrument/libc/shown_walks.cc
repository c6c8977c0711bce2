#include <fcntl.h>
#include <fts.h>
#include <ftw.h>
#include <search.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "instrument/libc/entry_order.h"
#include "instrument/libc/next_function.h"
#include "instrument/libc/written_file.h"

// Walks of the C library that show a function all that is below a folder.
namespace detaudit::instrument {
namespace {

constinit NextFunction<int(const char*, __nftw_func_t, int, int)> g_nftw("nftw");

// The subject's function, and what it was shown; the walk around it, if it walks itself.
struct Walk {
  __nftw_func_t show;
  __ftw_func_t show_plainly;
  size_t root_length;
  Walk* around;
  SeenOrder seen;
};
thread_local Walk* t_walk = nullptr;

// What ftw() calls the types of nftw().
int plain_type(int type) {
  switch (type) {
    case FTW_SL:
      return FTW_F;
    case FTW_DP:
      return FTW_D;
    case FTW_SLN:
      return FTW_NS;
    default:
      return type;
  }
}

int show(const char* path, const struct stat* status, int type, FTW* where) {
  Walk& walk = *t_walk;
  {
    ProbeScope scope;
    if (scope && where->level > 0)
      walk.seen.note(path + std::min(walk.root_length, std::strlen(path)));
  }
  return walk.show ? walk.show(path, status, type, where)
                   : walk.show_plainly(path, status, plain_type(type));
}

// The folders that a walk along links has come to: each is shown once.
class Visited {
 public:
  ~Visited() { tdestroy(root_, free); }
  // False when it was there before.
  bool add(const struct stat& folder) {
    auto* key = static_cast<Key*>(malloc(sizeof(Key)));
    if (!key) return true;
    *key = {folder.st_dev, folder.st_ino};
    void* found = tsearch(
        key, &root_, [](const void* a, const void* b) { return std::memcmp(a, b, sizeof(Key)); });
    if (!found || *static_cast<Key**>(found) == key) return true;
    free(key);
    return false;
  }

 private:
  struct Key {
    dev_t device;
    ino_t file;
  };
  void* root_ = nullptr;
};

// nftw() by fts, whose order the probe chooses, as the C libraries of the BSDs have it; what GNU's
// does otherwise is done as GNU's does it.
class OrderedWalk {
 public:
  OrderedWalk(const char* root, int flags) : flags_(flags) {
    int options = flags & FTW_PHYS ? FTS_PHYSICAL : FTS_LOGICAL | FTS_COMFOLLOW;
    if (!(flags & FTW_CHDIR)) options |= FTS_NOCHDIR;
    size_t length = strnlen(root, sizeof path_ - 1);
    while (length > 1 && root[length - 1] == '/') --length;
    std::memcpy(path_, root, length);
    path_[length] = '\0';
    char* const roots[] = {path_, nullptr};
    // detaudit: allow(DET223) the probe's own fts_open, which orders them
    walk_ = fts_open(roots, options, nullptr);
  }
  ~OrderedWalk() {
    const int error = errno;
    if (walk_) fts_close(walk_);
    errno = error;
  }

  // What nftw() returns.
  int run() {
    if (!walk_) return -1;
    for (;;) {
      errno = 0;
      FTSENT* entry = fts_read(walk_);
      if (!entry) return errno == 0 ? 0 : -1;
      const bool root = entry->fts_level == FTS_ROOTLEVEL;
      if (entry->fts_info == FTS_ERR || (root && entry->fts_info == FTS_NS)) {
        errno = entry->fts_errno;
        return -1;
      }
      if (root) device_ = entry->fts_statp->st_dev;
      const int type = type_of(entry);
      if (type < 0) continue;
      FTW where{static_cast<int>(entry->fts_pathlen - entry->fts_namelen), entry->fts_level};
      if (const int result = show(entry->fts_path, entry->fts_statp, type, &where)) return result;
    }
  }

 private:
  // As nftw() names it; below zero where it shows nothing.
  int type_of(FTSENT* entry) {
    const bool other_device =
        (flags_ & FTW_MOUNT) && entry->fts_info != FTS_NS && entry->fts_statp->st_dev != device_;
    switch (entry->fts_info) {
      case FTS_D: {
        if (other_device || (!(flags_ & FTW_PHYS) && !visited_.add(*entry->fts_statp)))
          return leave_out(entry, -1);
        if (eaccess(entry->fts_accpath, R_OK) != 0) return leave_out(entry, FTW_DNR);
        return flags_ & FTW_DEPTH ? -1 : FTW_D;
      }
      case FTS_DP:
        return (flags_ & FTW_DEPTH) && entry->fts_number != kLeftOut ? FTW_DP : -1;
      case FTS_DC:
      case FTS_DNR:
        return -1;
      case FTS_NS:
        return FTW_NS;
      case FTS_SL:
        return other_device ? -1 : FTW_SL;
      case FTS_SLNONE:
        return other_device ? -1 : FTW_SLN;
      default:
        return other_device ? -1 : FTW_F;
    }
  }
  int leave_out(FTSENT* folder, int type) {
    fts_set(walk_, folder, FTS_SKIP);
    folder->fts_number = kLeftOut;
    return type;
  }

  static constexpr long kLeftOut = 1;
  int flags_;
  char path_[PATH_MAX];
  FTS* walk_ = nullptr;
  dev_t device_ = 0;
  Visited visited_;
};

int walk(const char* root, __nftw_func_t show_by, __ftw_func_t show_plainly, int open_at_once,
         int flags) {
  bool looks = false, ordered = false;
  {
    ProbeScope scope;
    looks = static_cast<bool>(scope);
    // What the subject's function asks for by FTW_ACTIONRETVAL, fts cannot do.
    ordered = looks && probe_settings().folder_order != 0 && !(flags & FTW_ACTIONRETVAL);
  }
  Walk walk{show_by, show_plainly, std::strlen(root), t_walk, {}};
  t_walk = &walk;
  const int result =
      ordered ? OrderedWalk(root, flags).run() : g_nftw.get()(root, show, open_at_once, flags);
  t_walk = walk.around;
  ProbeScope scope;
  char path[PATH_MAX];
  if (looks && scope && absolute_name(AT_FDCWD, root, path)) walk.seen.tell(path);
  return result;
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED int nftw(const char* root, __nftw_func_t show, int open_at_once, int flags) {
  return walk(root, show, nullptr, open_at_once, flags);
}
DETAUDIT_INTERPOSED int nftw64(const char* root, __nftw64_func_t show, int open_at_once,
                               int flags) {
  return walk(root, reinterpret_cast<__nftw_func_t>(show), nullptr, open_at_once, flags);
}
DETAUDIT_INTERPOSED int ftw(const char* root, __ftw_func_t show, int open_at_once) {
  return walk(root, nullptr, show, open_at_once, 0);
}
DETAUDIT_INTERPOSED int ftw64(const char* root, __ftw64_func_t show, int open_at_once) {
  return walk(root, nullptr, reinterpret_cast<__ftw_func_t>(show), open_at_once, 0);
}
