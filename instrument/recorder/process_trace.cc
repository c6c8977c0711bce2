#include "instrument/recorder/process_trace.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "instrument/recorder/rank.h"
#include "instrument/recorder/settings.h"
#include "instrument/trace/format.h"

namespace detaudit::instrument {
namespace {

constexpr size_t kPathBytes = Settings::kDirectoryBytes + kProcessNameBytes + 32;
constexpr unsigned kMostSiblings = 100000;
constexpr int kMostWaits = 500;  // of 200 us

// The kernel's call: the C library's is one that the probe watches.
void pause_briefly() {
  const timespec time{0, 200000};
  syscall(SYS_nanosleep, &time, nullptr);
}

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

void offer_path(char* path, const char* directory, int parent) {
  std::snprintf(path, kPathBytes, "%s/.offer-%d", directory, parent);
}

bool started_name(char* name, const char* parent, unsigned number) {
  const int length = std::snprintf(name, kProcessNameBytes, "%s.c%u", parent, number);
  return length < static_cast<int>(kProcessNameBytes);
}

// Whether our parent offered a name; it is ours then.
bool take_offer(const char* directory) {
  char offer[kPathBytes], path[kPathBytes];
  offer_path(offer, directory, getppid());
  link_path(path, directory, getpid());
  return rename(offer, path) == 0;
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

// "p0" of "p0.1"; the first process's own.
const char* parent_name(char* name) {
  if (char* dot = std::strrchr(name, '.')) *dot = '\0';
  return name;
}

// "<base>.r<rank>", and "<base>.r<rank>n<k>" when it was there already.
bool open_rank(TraceWriter& writer, const char* directory, const char* base, const char* rank,
               char* name) {
  char middle[kRankBytes + 4];
  const int length = std::snprintf(name, kProcessNameBytes, "%s.r%s", base, rank);
  if (length >= static_cast<int>(kProcessNameBytes)) return false;
  if (open_named(writer, directory, name)) return true;
  std::snprintf(middle, sizeof middle, ".r%sn", rank);
  return open_next(writer, directory, base, middle, name);
}

}  // namespace

bool open_first_trace(TraceWriter& writer, const char* directory, char* name) {
  char earlier[kProcessNameBytes], rank[kRankBytes];
  find_launched_rank(rank);
  if (find_process(directory, getpid(), earlier) ||
      (take_offer(directory) && find_process(directory, getpid(), earlier))) {
    if (rank[0] && !is_of_rank(earlier, rank)) {
      take_over_empty(directory, earlier);
      return open_rank(writer, directory, parent_name(earlier), rank, name);
    }
    std::memcpy(name, earlier, sizeof earlier);
    // A name that was given at birth, or that an earlier program of this process has no use for.
    if (open_named(writer, directory, name)) return true;
    if (take_over_empty(directory, earlier)) return open_named(writer, directory, name);
    return open_next(writer, directory, earlier, "x", name);
  }
  const bool born = find_process(directory, getppid(), earlier);
  // Ranks need not be born of who asked for them: those of a resource manager are its daemon's.
  if (rank[0]) return open_rank(writer, directory, born ? earlier : "p0", rank, name);
  if (born) return open_next(writer, directory, earlier, ".s", name);
  return open_next(writer, directory, "", "p", name);
}

bool open_child_trace(TraceWriter& writer, const char* directory, const char* parent,
                      unsigned child, char* name) {
  int length = std::snprintf(name, kProcessNameBytes, "%s.%u", parent, child);
  return length < static_cast<int>(kProcessNameBytes) && open_named(writer, directory, name);
}

void name_started_process(const char* directory, const char* parent, unsigned number) {
  char path[kPathBytes], name[kProcessNameBytes];
  link_path(path, directory, getpid());
  if (started_name(name, parent, number)) (void)!symlink(name, path);
}

bool offer_name(const char* directory, const char* parent, unsigned number) {
  char path[kPathBytes], name[kProcessNameBytes];
  offer_path(path, directory, getpid());
  if (!started_name(name, parent, number)) return false;
  for (int wait = 0; symlink(name, path) != 0; ++wait) {
    if (errno != EEXIST) return false;
    if (wait == kMostWaits)
      unlink(path);
    else if (wait > kMostWaits)
      return false;
    else
      pause_briefly();
  }
  return true;
}

void withdraw_name(const char* directory, const char* parent, unsigned number) {
  char path[kPathBytes], name[kProcessNameBytes], offered[kProcessNameBytes];
  offer_path(path, directory, getpid());
  if (!started_name(name, parent, number)) return;
  const ssize_t bytes = readlink(path, offered, sizeof offered - 1);
  if (bytes <= 0) return;
  offered[bytes] = '\0';
  if (std::strcmp(name, offered) == 0) unlink(path);
}

bool has_name(const char* directory) {
  char name[kProcessNameBytes];
  return find_process(directory, getpid(), name);
}

void forget_process(const char* directory) {
  char path[kPathBytes];
  link_path(path, directory, getpid());
  unlink(path);
  offer_path(path, directory, getpid());
  unlink(path);
}

}  // namespace detaudit::instrument
