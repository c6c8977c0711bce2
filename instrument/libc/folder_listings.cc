#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "instrument/libc/next_function.h"

// What the C library lists by readers of its own, out of sight: here by those that the probe sees.
namespace detaudit::instrument {
namespace {

static_assert(sizeof(dirent) == sizeof(dirent64) && sizeof(glob_t) == sizeof(glob64_t));

using Select = int(const dirent*);
using Compare = int(const dirent**, const dirent**);
constinit NextFunction<int(const char*, dirent***, Select*, Compare*)> g_scandir("scandir");
constinit NextFunction<int(int, const char*, dirent***, Select*, Compare*)> g_scandirat(
    "scandirat");
constinit NextFunction<int(const char*, int, int (*)(const char*, int), glob_t*)> g_glob("glob");

// May the probe look? Not while it does: the subject's functions are called in between.
bool looks() {
  ProbeScope scope;
  return static_cast<bool>(scope);
}

struct List {
  dirent** entries = nullptr;
  size_t count = 0, room = 0;

  // False when there is no memory.
  bool add(const dirent& entry) {
    if (count == room) {
      const size_t more = room == 0 ? 16 : 2 * room;
      void* moved = reallocarray(entries, more, sizeof(dirent*));
      if (!moved) return false;
      entries = static_cast<dirent**>(moved);
      room = more;
    }
    void* copy = malloc(entry.d_reclen);
    if (!copy) return false;
    entries[count++] = static_cast<dirent*>(std::memcpy(copy, &entry, entry.d_reclen));
    return true;
  }
  void clear() {
    while (count > 0) free(entries[--count]);
    free(entries);
    *this = {};
  }
};

int list(DIR* stream, dirent*** result, Select* select, Compare* compare) {
  if (!stream) return -1;
  const int error = errno;
  List list;
  bool failed = false;
  // detaudit: allow(DET223) in the order that the subject is to see
  for (errno = 0; const dirent* entry = readdir(stream); errno = 0) {
    if (select && !select(entry)) continue;
    if (!list.add(*entry)) {
      failed = true;
      break;
    }
  }
  failed |= errno != 0;
  const int reason = errno;
  closedir(stream);
  if (failed) {
    list.clear();
    errno = reason;
    return -1;
  }
  // An empty list is one to be freed, as the C library's is.
  if (!list.entries) list.entries = static_cast<dirent**>(malloc(sizeof(dirent*)));
  if (compare && list.count > 1) {
    qsort(list.entries, list.count, sizeof(dirent*),
          reinterpret_cast<int (*)(const void*, const void*)>(compare));
  }
  errno = error;
  *result = list.entries;
  return static_cast<int>(list.count);
}

int list_at(int folder, const char* path, dirent*** result, Select* select, Compare* compare) {
  if (!looks()) return g_scandirat.get()(folder, path, result, select, compare);
  const int opened = openat(folder, path, O_RDONLY | O_NONBLOCK | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return -1;
  DIR* stream = fdopendir(opened);
  if (!stream) close(opened);
  return list(stream, result, select, compare);
}

int list_in(const char* path, dirent*** result, Select* select, Compare* compare) {
  if (!looks()) return g_scandir.get()(path, result, select, compare);
  return list(opendir(path), result, select, compare);
}

// Sorted results have one order. Others come in that of the folders, which the C library reads by
// the functions that it is given.
int match(const char* pattern, int flags, int (*failed)(const char*, int), glob_t* result) {
  if (!(flags & GLOB_NOSORT) || (flags & GLOB_ALTDIRFUNC) || !looks())
    return g_glob.get()(pattern, flags, failed, result);
  glob_t given = *result;
  result->gl_opendir = [](const char* path) -> void* { return opendir(path); };
  result->gl_readdir = [](void* stream) { return readdir(static_cast<DIR*>(stream)); };
  result->gl_closedir = [](void* stream) { closedir(static_cast<DIR*>(stream)); };
  result->gl_stat = stat;
  result->gl_lstat = lstat;
  const int status = g_glob.get()(pattern, flags | GLOB_ALTDIRFUNC, failed, result);
  result->gl_opendir = given.gl_opendir;
  result->gl_readdir = given.gl_readdir;
  result->gl_closedir = given.gl_closedir;
  result->gl_stat = given.gl_stat;
  result->gl_lstat = given.gl_lstat;
  result->gl_flags &= ~GLOB_ALTDIRFUNC;
  return status;
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED int scandir(const char* path, dirent*** result, Select* select,
                                Compare* compare) {
  return list_in(path, result, select, compare);
}
DETAUDIT_INTERPOSED int scandir64(const char* path, dirent64*** result,
                                  int (*select)(const dirent64*),
                                  int (*compare)(const dirent64**, const dirent64**)) {
  return list_in(path, reinterpret_cast<dirent***>(result), reinterpret_cast<Select*>(select),
                 reinterpret_cast<Compare*>(compare));
}
DETAUDIT_INTERPOSED int scandirat(int folder, const char* path, dirent*** result, Select* select,
                                  Compare* compare) {
  return list_at(folder, path, result, select, compare);
}
DETAUDIT_INTERPOSED int scandirat64(int folder, const char* path, dirent64*** result,
                                    int (*select)(const dirent64*),
                                    int (*compare)(const dirent64**, const dirent64**)) {
  return list_at(folder, path, reinterpret_cast<dirent***>(result),
                 reinterpret_cast<Select*>(select), reinterpret_cast<Compare*>(compare));
}

DETAUDIT_INTERPOSED int glob(const char* pattern, int flags, int (*failed)(const char*, int),
                             glob_t* result) noexcept {
  return match(pattern, flags, failed, result);
}
DETAUDIT_INTERPOSED int glob64(const char* pattern, int flags, int (*failed)(const char*, int),
                               glob64_t* result) noexcept {
  return match(pattern, flags, failed, reinterpret_cast<glob_t*>(result));
}
