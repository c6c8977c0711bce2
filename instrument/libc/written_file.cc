#include "instrument/libc/written_file.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "instrument/libc/next_function.h"
#include "instrument/recorder/facts.h"

namespace detaudit::instrument {
namespace {

constinit NextFunction<int(int, const char*, int, ...)> g_openat("openat");

bool starts_with(const char* text, const char* prefix) {
  return std::strncmp(text, prefix, std::strlen(prefix)) == 0;
}

}  // namespace

bool is_judged(const char* path) {
  const char* ours = probe_settings().directory;
  if (starts_with(path, ours) && path[std::strlen(ours)] == '/') return false;
  if (starts_with(path, "/dev/shm/")) return true;  // files like any other
  for (const char* other : {"/dev/", "/proc/", "/sys/"})
    if (starts_with(path, other)) return false;
  return path[0] == '/';
}

bool name_of(int descriptor, char (&path)[PATH_MAX]) {
  char link[32];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t bytes = readlink(link, path, sizeof path - 1);
  if (bytes <= 0) return false;
  path[bytes] = '\0';
  return true;
}

bool absolute_name(int folder, const char* path, char (&name)[PATH_MAX]) {
  size_t length = std::strlen(path);
  while (length > 1 && path[length - 1] == '/') --length;
  size_t start = length;
  while (start > 0 && path[start - 1] != '/') --start;
  char parent[PATH_MAX];
  if (length == 0 || start >= sizeof parent - 2) return false;
  std::snprintf(parent, sizeof parent, "%.*s", static_cast<int>(start), start ? path : ".");
  if (start == 0) std::strcpy(parent, ".");
  int descriptor = g_openat.get()(folder, parent, O_PATH | O_CLOEXEC | O_DIRECTORY, 0);
  if (descriptor < 0) return false;
  bool named = name_of(descriptor, name);
  close(descriptor);
  if (!named) return false;
  size_t bytes = std::strlen(name);
  if (bytes + length - start + 2 > sizeof name) return false;
  bool root = bytes == 1;
  std::snprintf(name + bytes, sizeof name - bytes, "%s%.*s", root ? "" : "/",
                static_cast<int>(length - start), path + start);
  return true;
}

namespace {

int64_t nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

void note_opened(const char* function, int descriptor) {
  const Settings& settings = probe_settings();
  if (settings.earlier_from_ns >= settings.earlier_to_ns) return;
  ProbeScope scope;
  if (!scope) return;
  struct stat facts;
  if (fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) return;
  const int64_t changed = nanoseconds(facts.st_ctim);
  if (changed < settings.earlier_from_ns || changed >= settings.earlier_to_ns) return;
  char path[PATH_MAX];
  if (name_of(descriptor, path) && is_judged(path)) note_file_inherited(function, path);
}

void note_written(const char* function, int descriptor) {
  ProbeScope scope;
  if (!scope) return;
  struct stat facts;
  if (fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_nlink == 0) return;
  char path[PATH_MAX];
  if (name_of(descriptor, path) && is_judged(path)) note_file(function, path);
}

void note_written_at(const char* function, int folder, const char* path) {
  ProbeScope scope;
  if (!scope || !path) return;
  char name[PATH_MAX];
  if (absolute_name(folder, path, name) && is_judged(name)) note_file(function, name);
}

void note_moved_at(int from_folder, const char* from, int to_folder, const char* to) {
  ProbeScope scope;
  if (!scope) return;
  char old_name[PATH_MAX], name[PATH_MAX];
  if (absolute_name(from_folder, from, old_name) && absolute_name(to_folder, to, name) &&
      is_judged(name))
    note_fact(SourceKind::kRenamed, name, old_name, 1);
}

void note_removed_at(const char* function, int folder, const char* path) {
  ProbeScope scope;
  if (!scope || !path) return;
  char name[PATH_MAX];
  if (absolute_name(folder, path, name) && is_judged(name)) note_file_removed(function, name);
}

}  // namespace detaudit::instrument
