#include "instrument/libc/saved_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>

#include "instrument/libc/next_function.h"
#include "instrument/libc/written_file.h"
#include "instrument/recorder/facts.h"
#include "kernels/digest.h"

namespace detaudit::instrument {
namespace {

constinit NextFunction<int(int, const char*, int, ...)> g_openat("openat");
constinit std::atomic<int> g_saves{0};

// The digest of a file's bytes, read by pieces into pages of our own; false when it changes, or
// cannot be read.
bool digest_of(int file, off_t bytes, kernels::Digest& digest) {
  constexpr size_t kPiece = kernels::kDigestChunkBytes;
  void* pages = mmap(nullptr, kPiece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return false;
  kernels::Digest sum;
  off_t at = 0;
  for (uint64_t index = 0; at < bytes; ++index) {
    const ssize_t got = pread(file, pages, kPiece, at);
    if (got <= 0) break;
    sum = kernels::add(sum, kernels::chunk_digest(pages, static_cast<size_t>(got), index));
    at += got;
    if (got < static_cast<ssize_t>(kPiece)) break;
  }
  munmap(pages, kPiece);
  digest = kernels::finish(sum, static_cast<uint64_t>(at));
  return at == bytes;
}

}  // namespace

void note_overwritten_at(int folder, const char* path) {
  const int64_t since = probe_settings().run_from_ns;
  if (!path || since == 0 || g_saves.load(std::memory_order_relaxed) > kMostSaves) return;
  ProbeScope scope;
  struct stat facts;
  if (!scope || fstatat(folder, path, &facts, 0) != 0) return;
  const int64_t written = int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec;
  char name[PATH_MAX];
  if (!S_ISREG(facts.st_mode) || facts.st_size == 0 || written < since ||
      !absolute_name(folder, path, name) || !is_judged(name))
    return;
  const int number = g_saves.fetch_add(1, std::memory_order_relaxed);
  if (number == kMostSaves) return note_fact(SourceKind::kSaved, "", "", 1);
  const int file = g_openat.get()(folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
  if (file < 0) return;
  kernels::Digest digest;
  if (digest_of(file, facts.st_size, digest)) {
    char text[64];
    std::snprintf(text, sizeof text, "%d %016llx%016llx", number,
                  static_cast<unsigned long long>(digest.high),
                  static_cast<unsigned long long>(digest.low));
    note_fact(SourceKind::kSaved, text, name, static_cast<uint64_t>(facts.st_size));
  }
  close(file);
}

}  // namespace detaudit::instrument
