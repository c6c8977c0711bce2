#include "instrument/recorder/process_trace.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "instrument/recorder/settings.h"
#include "instrument/trace/format.h"

namespace detaudit::instrument {
namespace {

constexpr size_t kPathBytes = Settings::kDirectoryBytes + kProcessNameBytes + 32;
constexpr unsigned kMostSiblings = 100000;

void link_path(char* path, const char* directory, int process) {
  std::snprintf(path, kPathBytes, "%s/.process-%d", directory, process);
}

void remember_process(const char* directory, const char* name) {
  char path[kPathBytes];
  link_path(path, directory, getpid());
  unlink(path);
  if (symlink(name, path) != 0) return;  // only the naming of children suffers
}

// The name that process `id` recorded under; false when it did not.
bool find_process(const char* directory, int id, char* name) {
  char path[kPathBytes];
  link_path(path, directory, id);
  ssize_t bytes = readlink(path, name, kProcessNameBytes - 1);
  if (bytes <= 0) return false;
  name[bytes] = '\0';
  return true;
}

bool open_named(TraceWriter& writer, const char* directory, const char* name) {
  char path[kPathBytes];
  std::snprintf(path, sizeof path, "%s/%s", directory, name);
  if (!writer.open(path)) return false;
  remember_process(directory, name);
  return true;
}

// The first free of "<base><between><n>".
bool open_next(TraceWriter& writer, const char* directory, const char* base, const char* between,
               char* name) {
  for (unsigned n = 0; n < kMostSiblings; ++n) {
    int length = std::snprintf(name, kProcessNameBytes, "%s%s%u", base, between, n);
    if (length >= static_cast<int>(kProcessNameBytes)) return false;
    if (open_named(writer, directory, name)) return true;
    if (writer.error() != EEXIST) return false;
  }
  return false;
}

// The program before us in this process recorded nothing: its file is ours.
bool take_over_empty(const char* directory, const char* name) {
  char path[kPathBytes];
  std::snprintf(path, sizeof path, "%s/%s%s", directory, name, kPartialSuffix);
  struct stat facts;
  return stat(path, &facts) == 0 && facts.st_size == static_cast<off_t>(kTraceHeaderBytes) &&
         unlink(path) == 0;
}

}  // namespace

bool open_first_trace(TraceWriter& writer, const char* directory, char* name) {
  char earlier[kProcessNameBytes];
  if (find_process(directory, getpid(), earlier)) {
    if (take_over_empty(directory, earlier)) {
      std::memcpy(name, earlier, sizeof earlier);
      return open_named(writer, directory, name);
    }
    return open_next(writer, directory, earlier, "x", name);
  }
  if (find_process(directory, getppid(), earlier))
    return open_next(writer, directory, earlier, ".s", name);
  return open_next(writer, directory, "", "p", name);
}

bool open_child_trace(TraceWriter& writer, const char* directory, const char* parent,
                      unsigned child, char* name) {
  int length = std::snprintf(name, kProcessNameBytes, "%s.%u", parent, child);
  return length < static_cast<int>(kProcessNameBytes) && open_named(writer, directory, name);
}

void forget_process(const char* directory) {
  char path[kPathBytes];
  link_path(path, directory, getpid());
  unlink(path);
}

}  // namespace detaudit::instrument
