#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "instrument/libc/next_function.h"
#include "instrument/libc/seeded_stream.h"

namespace detaudit::instrument {
namespace {

constinit NextFunction<int(const char*, int, ...)> g_open("open");
constinit NextFunction<int(int, const char*, int, ...)> g_openat("openat");
constinit NextFunction<FILE*(const char*, const char*)> g_fopen("fopen");
constinit NextFunction<int(char*)> g_mkstemp("mkstemp");
constinit NextFunction<int(const char*, const char*)> g_rename("rename");
constinit NextFunction<int(int, const char*, int, const char*)> g_renameat("renameat");

bool is_random_device(const char* path) {
  return path && (std::strcmp(path, "/dev/urandom") == 0 || std::strcmp(path, "/dev/random") == 0);
}

bool starts_with(const char* text, const char* prefix) {
  return std::strncmp(text, prefix, std::strlen(prefix)) == 0;
}

// Regular files count, by the name they have now; not those that have none, nor our own.
void note_written(const char* function, int descriptor) {
  struct stat facts;
  if (fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_nlink == 0) return;
  char link[32], path[PATH_MAX];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t bytes = readlink(link, path, sizeof path - 1);
  if (bytes <= 0) return;
  path[bytes] = '\0';
  const char* ours = probe_settings().directory;
  if (starts_with(path, ours) && path[std::strlen(ours)] == '/') return;
  for (const char* other : {"/dev/", "/proc/", "/sys/"})
    if (starts_with(path, other)) return;
  note_file(function, path);
}

// After the subject opened something; `descriptor` may be -1.
void after_open(const char* function, int descriptor, bool writes) {
  if (descriptor < 0 || !writes) return;
  ProbeScope scope;
  if (scope) note_written(function, descriptor);
}

// The subject opens a random device: noted; true when it is given a pinned one, or an error.
bool take_over_device(const char* path, const void* site, bool close_on_exec, int& descriptor) {
  if (!is_random_device(path)) return false;
  ProbeScope scope;
  if (!scope) return false;
  note_source(SourceKind::kEntropy, "open(/dev/urandom)", site);
  if (!entropy_is_pinned()) return false;
  descriptor = open_pinned_device(close_on_exec);
  return descriptor >= 0;
}

int open_at(const char* function, int folder, const char* path, int flags, mode_t mode,
            const void* site) {
  int descriptor;
  if (take_over_device(path, site, flags & O_CLOEXEC, descriptor)) return descriptor;
  descriptor = folder == AT_FDCWD ? g_open.get()(path, flags, mode)
                                  : g_openat.get()(folder, path, flags, mode);
  after_open(function, descriptor, (flags & O_ACCMODE) != O_RDONLY);
  return descriptor;
}

FILE* open_stream(const char* path, const char* mode, const void* site) {
  int descriptor;
  if (take_over_device(path, site, std::strchr(mode, 'e'), descriptor)) {
    FILE* stream = fdopen(descriptor, "r");
    if (!stream) close(descriptor);
    return stream;
  }
  FILE* stream = g_fopen.get()(path, mode);
  if (stream) after_open("fopen", fileno(stream), std::strpbrk(mode, "wa+") != nullptr);
  return stream;
}

void after_rename(const char* function, int folder, const char* path) {
  ProbeScope scope;
  if (!scope) return;
  int descriptor = g_openat.get()(folder, path, O_PATH | O_CLOEXEC | O_NOFOLLOW, 0);
  if (descriptor < 0) return;
  note_written(function, descriptor);
  close(descriptor);
}

mode_t mode_of(int flags, va_list arguments) {
  return flags & (O_CREAT | O_TMPFILE) ? static_cast<mode_t>(va_arg(arguments, int)) : 0;
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

#define DETAUDIT_OPEN(name)                                                  \
  DETAUDIT_INTERPOSED int name(const char* path, int flags, ...) {           \
    va_list arguments;                                                       \
    va_start(arguments, flags);                                              \
    mode_t mode = mode_of(flags, arguments);                                 \
    va_end(arguments);                                                       \
    return open_at("open", AT_FDCWD, path, flags, mode, DETAUDIT_CALL_SITE); \
  }
DETAUDIT_OPEN(open)
DETAUDIT_OPEN(open64)

#define DETAUDIT_OPENAT(name)                                                  \
  DETAUDIT_INTERPOSED int name(int folder, const char* path, int flags, ...) { \
    va_list arguments;                                                         \
    va_start(arguments, flags);                                                \
    mode_t mode = mode_of(flags, arguments);                                   \
    va_end(arguments);                                                         \
    return open_at("openat", folder, path, flags, mode, DETAUDIT_CALL_SITE);   \
  }
DETAUDIT_OPENAT(openat)
DETAUDIT_OPENAT(openat64)

// What open becomes in programs built with _FORTIFY_SOURCE.
DETAUDIT_INTERPOSED int __open_2(const char* path, int flags) {
  return open_at("open", AT_FDCWD, path, flags, 0, DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int __open64_2(const char* path, int flags) {
  return open_at("open", AT_FDCWD, path, flags, 0, DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int __openat_2(int folder, const char* path, int flags) {
  return open_at("openat", folder, path, flags, 0, DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int __openat64_2(int folder, const char* path, int flags) {
  return open_at("openat", folder, path, flags, 0, DETAUDIT_CALL_SITE);
}

DETAUDIT_INTERPOSED int creat(const char* path, mode_t mode) {
  return open_at("creat", AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode, DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int creat64(const char* path, mode_t mode) {
  return open_at("creat", AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode, DETAUDIT_CALL_SITE);
}

DETAUDIT_INTERPOSED FILE* fopen(const char* path, const char* mode) {
  return open_stream(path, mode, DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED FILE* fopen64(const char* path, const char* mode) {
  return open_stream(path, mode, DETAUDIT_CALL_SITE);
}

DETAUDIT_INTERPOSED int mkstemp(char* pattern) {
  int descriptor = g_mkstemp.get()(pattern);
  after_open("mkstemp", descriptor, true);
  return descriptor;
}

DETAUDIT_INTERPOSED int rename(const char* from, const char* to) noexcept {
  int result = g_rename.get()(from, to);
  if (result == 0) after_rename("rename", AT_FDCWD, to);
  return result;
}

DETAUDIT_INTERPOSED int renameat(int from_folder, const char* from, int to_folder,
                                 const char* to) noexcept {
  int result = g_renameat.get()(from_folder, from, to_folder, to);
  if (result == 0) after_rename("rename", to_folder, to);
  return result;
}
