#include "instrument/libc/seeded_stream.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "instrument/recorder/sources.h"

namespace detaudit::instrument {
namespace {

constexpr size_t kDeviceBytes = size_t{1} << 20;

uint64_t finalise(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

}  // namespace

bool entropy_is_pinned() { return probe_settings().entropy_seed != 0; }

uint64_t next_draw_seed() {
  ThreadLane* lane = probe_lane();
  uint64_t place = lane ? lane->name_hash + lane->entropy_draws++ * 0x9e3779b97f4a7c15u : 0;
  return finalise(probe_settings().entropy_seed ^ finalise(place));
}

// splitmix64 (Steele, Lea and Flood, 2014).
void fill_from_stream(uint64_t seed, void* to, size_t bytes) {
  auto* at = static_cast<unsigned char*>(to);
  while (bytes > 0) {
    seed += 0x9e3779b97f4a7c15u;
    uint64_t word = finalise(seed);
    size_t part = std::min(bytes, sizeof word);
    std::memcpy(at, &word, part);
    at += part;
    bytes -= part;
  }
}

void fill_pinned(void* to, size_t bytes) { fill_from_stream(next_draw_seed(), to, bytes); }

int open_pinned_device(bool close_on_exec) {
  int descriptor = memfd_create("detaudit-urandom", close_on_exec ? MFD_CLOEXEC : 0);
  if (descriptor < 0) return -1;
  void* pages = MAP_FAILED;
  if (ftruncate(descriptor, kDeviceBytes) == 0)
    pages = mmap(nullptr, kDeviceBytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (pages == MAP_FAILED) {
    close(descriptor);
    return -1;
  }
  fill_pinned(pages, kDeviceBytes);
  munmap(pages, kDeviceBytes);
  return descriptor;
}

int open_pinned_uuid(bool close_on_exec) {
  const int descriptor = memfd_create("detaudit-uuid", close_on_exec ? MFD_CLOEXEC : 0);
  if (descriptor < 0) return -1;
  unsigned char drawn[16];
  fill_pinned(drawn, sizeof drawn);
  drawn[6] = (drawn[6] & 0x0f) | 0x40;  // version 4 (RFC 4122)
  drawn[8] = (drawn[8] & 0x3f) | 0x80;
  char text[40];
  size_t at = 0;
  for (size_t i = 0; i < sizeof drawn; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text[at++] = '-';
    text[at++] = "0123456789abcdef"[drawn[i] >> 4];
    text[at++] = "0123456789abcdef"[drawn[i] & 15];
  }
  text[at++] = '\n';
  if (pwrite(descriptor, text, at, 0) == static_cast<ssize_t>(at)) return descriptor;
  close(descriptor);
  return -1;
}

}  // namespace detaudit::instrument
