#include "instrument/libc/writers.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "instrument/libc/next_function.h"
#include "instrument/libc/written_file.h"
#include "instrument/recorder/facts.h"
#include "instrument/trace/first_write.h"

namespace detaudit::instrument {

constinit thread_local RecentWriter t_recent_writers[kRecentWriters]{};
constinit thread_local LastCharacter t_last_character{};
constinit std::atomic<int64_t> g_positions[kCountedDescriptors]{};
constinit std::atomic<uint32_t> g_meanings{1};

namespace {

// Chunks of one output that are told apart; the last site noted wrote what follows.
constexpr int64_t kMostChunks = 4096;

// In a ProbeScope. A name for what a writer may write to that is judged: a file, or a pipe.
bool output_name(int descriptor, char (&path)[PATH_MAX]) {
  struct stat facts;
  if (fstat(descriptor, &facts) != 0) return false;
  if (!S_ISREG(facts.st_mode) && !S_ISFIFO(facts.st_mode)) return false;
  return name_of(descriptor, path) && (S_ISFIFO(facts.st_mode) || is_judged(path));
}

void note_writer(const char* function, const char* path, const void* site, int64_t offset,
                 int64_t bytes) {
  char place[480], call[540], where[PATH_MAX + 24];
  if (!describe_caller(site, place, sizeof place)) return;
  std::snprintf(call, sizeof call, "%s at %s", function, place);
  std::snprintf(where, sizeof where, "%lld %s",
                static_cast<long long>(std::min(offset >> kChunkBits, kMostChunks)), path);
  note_fact(SourceKind::kFirstWrite, where, call,
            pack({static_cast<uint64_t>(offset), static_cast<uint64_t>(bytes)}));
}

}  // namespace

void look_at_writer(const char* function, int descriptor, const void* site, int64_t bytes,
                    int64_t pending, RecentWriter& recent) {
  ProbeScope scope;
  char path[PATH_MAX];
  if (!scope || !output_name(descriptor, path)) return;
  auto& counted = g_positions[static_cast<unsigned>(descriptor) % kCountedDescriptors];
  const off_t there = lseek(descriptor, 0, SEEK_CUR);  // a pipe has none: as counted
  if (there >= 0) counted.store(there + pending, std::memory_order_relaxed);
  const int64_t end = counted.load(std::memory_order_relaxed);
  recent.span = span_of(end);
  note_writer(function, path, site, std::max<int64_t>(end - bytes, 0), bytes);
}

void note_bytes_at(const char* function, int descriptor, const void* site, int64_t bytes,
                   int64_t offset) {
  if (bytes <= 0) return;
  ProbeScope scope;
  char path[PATH_MAX];
  if (scope && output_name(descriptor, path)) note_writer(function, path, site, offset, bytes);
}

}  // namespace detaudit::instrument
