#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "instrument/libc/next_function.h"
#include "instrument/libc/saved_file.h"
#include "instrument/libc/seeded_stream.h"
#include "instrument/libc/system_reads.h"
#include "instrument/libc/writers.h"
#include "instrument/libc/written_file.h"

namespace detaudit::instrument {
namespace {

constinit NextFunction<int(const char*, int, mode_t)> g_shm_open("shm_open");
constinit NextFunction<int(const char*, int, ...)> g_open("open");
constinit NextFunction<int(int, const char*, int, ...)> g_openat("openat");
constinit NextFunction<FILE*(const char*, const char*)> g_fopen("fopen");
constinit NextFunction<FILE*(const char*, const char*, FILE*)> g_freopen("freopen");

constexpr const char* kUuid = "/proc/sys/kernel/random/uuid";

bool is_random_device(const char* path) {
  return path && (std::strcmp(path, "/dev/urandom") == 0 ||
                  std::strcmp(path, "/dev/random") == 0 || std::strcmp(path, kUuid) == 0);
}

enum class Opened { kToRead, kToChange, kEmptied };  // to change: what was there still counts

Opened how(int flags) {
  if (flags & O_TRUNC) return Opened::kEmptied;
  return (flags & O_ACCMODE) == O_RDONLY ? Opened::kToRead : Opened::kToChange;
}

Opened how(const char* mode) {
  if (std::strchr(mode, 'w')) return Opened::kEmptied;
  return std::strpbrk(mode, "a+") ? Opened::kToChange : Opened::kToRead;
}

// After the subject opened something; `descriptor` may be -1.
void after_open(const char* function, int descriptor, Opened opened) {
  if (descriptor < 0) return;
  forget_descriptors();
  if (opened != Opened::kEmptied) note_opened(function, descriptor);
  if (opened != Opened::kToRead) note_written(function, descriptor);
}

// The subject opens a random device: noted; true when it is given a pinned one, or an error.
bool take_over_device(const char* path, const void* site, bool close_on_exec, int& descriptor) {
  if (!is_random_device(path)) return false;
  ProbeScope scope;
  if (!scope) return false;
  const bool uuid = std::strcmp(path, kUuid) == 0;
  note_source(SourceKind::kEntropy, uuid ? "open(random/uuid)" : "open(/dev/urandom)", site);
  if (!entropy_is_pinned()) return false;
  descriptor = uuid ? open_pinned_uuid(close_on_exec) : open_pinned_device(close_on_exec);
  forget_descriptors();
  return descriptor >= 0;
}

int open_at(const char* function, int folder, const char* path, int flags, mode_t mode,
            const void* site) {
  int descriptor;
  if (take_over_device(path, site, flags & O_CLOEXEC, descriptor)) return descriptor;
  note_system_file(function, folder, path);
  if (flags & O_TRUNC) note_overwritten_at(folder, path);
  descriptor = folder == AT_FDCWD ? g_open.get()(path, flags, mode)
                                  : g_openat.get()(folder, path, flags, mode);
  if (!(flags & O_PATH)) after_open(function, descriptor, how(flags));
  return descriptor;
}

FILE* open_stream(const char* path, const char* mode, const void* site) {
  int descriptor;
  if (take_over_device(path, site, std::strchr(mode, 'e'), descriptor)) {
    FILE* stream = fdopen(descriptor, "r");
    if (!stream) close(descriptor);
    return stream;
  }
  note_system_file("fopen", AT_FDCWD, path);
  if (how(mode) == Opened::kEmptied) note_overwritten_at(AT_FDCWD, path);
  FILE* stream = g_fopen.get()(path, mode);
  if (stream) after_open("fopen", fileno(stream), how(mode));
  return stream;
}

FILE* reopen_stream(const char* path, const char* mode, FILE* stream) {
  if (how(mode) == Opened::kEmptied) note_overwritten_at(AT_FDCWD, path);
  FILE* reopened = g_freopen.get()(path, mode, stream);
  if (reopened) after_open("freopen", fileno(reopened), how(mode));
  return reopened;
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

// A file in memory, by a call of the C library's own that opens it out of our sight.
DETAUDIT_INTERPOSED int shm_open(const char* name, int flags, mode_t mode) {
  const int descriptor = g_shm_open.get()(name, flags, mode);
  after_open("shm_open", descriptor, how(flags));
  return descriptor;
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

DETAUDIT_INTERPOSED FILE* freopen(const char* path, const char* mode, FILE* stream) {
  return reopen_stream(path, mode, stream);
}
DETAUDIT_INTERPOSED FILE* freopen64(const char* path, const char* mode, FILE* stream) {
  return reopen_stream(path, mode, stream);
}
