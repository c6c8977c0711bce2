#pragma once

#include <stdio.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace detaudit::instrument {

// Who writes to which output: each call site is noted for each 64 KiB of each file that it comes to
// (beyond 4 MiB, for one in 16 of them), and of each pipe, since one is the subject's stdout. Costs a
// few ns a write, and there a look at the descriptor.
inline constexpr int kChunkBits = 16;
inline int64_t span_of(int64_t position) { return position >> (position < 4 << 20 ? 16 : 20); }
inline constexpr unsigned kCountedDescriptors = 1024;
inline constexpr unsigned kRecentWriters = 64;  // a thread

struct RecentWriter {
  const void* site;
  uint32_t meanings;  // of descriptors, at that time
  int32_t descriptor;
  int64_t span;
};
// Both wrong at worst about which chunk a site came to: threads race for the positions.
extern constinit thread_local RecentWriter t_recent_writers[kRecentWriters]
    __attribute__((tls_model("initial-exec")));
extern constinit std::atomic<int64_t> g_positions[kCountedDescriptors];
extern constinit std::atomic<uint32_t> g_meanings;

// A descriptor may stand for another file from now on.
inline void forget_descriptors() {
  g_meanings.store(g_meanings.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

// What a stream holds back, to be written later.
inline int64_t pending_bytes(const FILE* stream) {
  return stream->_IO_write_ptr > stream->_IO_write_base
             ? stream->_IO_write_ptr - stream->_IO_write_base
             : 0;
}

// A look at the descriptor itself; `pending`: bytes that its stream holds back.
void look_at_writer(const char* function, int descriptor, const void* site, int64_t bytes,
                    int64_t pending, RecentWriter& recent);

inline RecentWriter& recent_writer(const void* site, int descriptor) {
  const auto address = reinterpret_cast<uintptr_t>(site);
  return t_recent_writers[(address ^ (address >> 6) ^ static_cast<unsigned>(descriptor)) %
                          kRecentWriters];
}

// After the subject wrote so many bytes by `function`, a literal, called from `site`. Nothing for a
// count that is an error.
inline void note_bytes(const char* function, int descriptor, const void* site, int64_t bytes,
                       const FILE* stream = nullptr) {
  if (bytes <= 0 || descriptor < 0) return;
  std::atomic<int64_t>& counted =
      g_positions[static_cast<unsigned>(descriptor) % kCountedDescriptors];
  const int64_t position = counted.load(std::memory_order_relaxed);
  counted.store(position + bytes, std::memory_order_relaxed);
  RecentWriter& recent = recent_writer(site, descriptor);
  const uint32_t meanings = g_meanings.load(std::memory_order_relaxed);
  if (recent.site == site && recent.descriptor == descriptor && recent.meanings == meanings &&
      recent.span == span_of(position)) [[likely]]
    return;
  recent = {site, meanings, descriptor, span_of(position)};
  look_at_writer(function, descriptor, site, bytes, stream ? pending_bytes(stream) : 0, recent);
}

inline void note_stream(const char* function, FILE* stream, const void* site, int64_t bytes) {
  note_bytes(function, stream->_fileno, site, bytes, stream);
}

// One character, by what costs least: it needs a look where the stream was empty before, and where
// another one than the last was written.
struct LastCharacter {
  const void* site;
  const FILE* stream;
  uint32_t meanings;
};
extern constinit thread_local LastCharacter t_last_character
    __attribute__((tls_model("initial-exec")));
inline bool needs_no_look(const FILE* stream, const void* site) {
  const LastCharacter& last = t_last_character;
  return last.site == site && last.stream == stream &&
         last.meanings == g_meanings.load(std::memory_order_relaxed) &&
         stream->_IO_write_ptr != stream->_IO_write_base;
}

// The same for calls that say where in the file they write.
void note_bytes_at(const char* function, int descriptor, const void* site, int64_t bytes,
                   int64_t offset);

}  // namespace detaudit::instrument
