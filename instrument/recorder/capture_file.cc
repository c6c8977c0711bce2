#include "instrument/recorder/capture_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "instrument/recorder/settings.h"
#include "instrument/trace/append_file.h"
#include "instrument/trace/capture_format.h"

namespace detaudit::instrument {
namespace {

constexpr size_t kPathBytes = Settings::kDirectoryBytes + 128;

bool write_fully(int descriptor, const void* data, size_t bytes) {
  const auto* at = static_cast<const char*>(data);
  while (bytes > 0) {
    ssize_t part = ::write(descriptor, at, bytes);
    if (part < 0 && errno == EINTR) continue;
    if (part <= 0) return false;
    at += part;
    bytes -= static_cast<size_t>(part);
  }
  return true;
}

void write_capture(uint64_t identity, uint32_t index, const DeclaredBuffer& buffer) {
  char path[kPathBytes], partial[kPathBytes + 16];
  print_capture_path(path, sizeof path, settings().directory, identity, index);
  std::snprintf(partial, sizeof partial, "%s.%d.partial", path, static_cast<int>(getpid()));
  CaptureHeader header{};
  std::memcpy(header.magic, kCaptureMagic, sizeof header.magic);
  header.identity = identity;
  header.bytes = buffer.bytes;
  header.digest = buffer.digest;
  header.output = index;
  header.dtype = static_cast<uint32_t>(buffer.dtype);
  header.name_bytes = static_cast<uint32_t>(std::min(std::strlen(buffer.name), kMaxTextBytes));
  if (allowed_file_size(sizeof header + header.name_bytes + buffer.bytes) != 0) return;
  int descriptor = ::open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return;
  bool whole = write_fully(descriptor, &header, sizeof header) &&
               write_fully(descriptor, buffer.name, header.name_bytes) &&
               write_fully(descriptor, buffer.data, buffer.bytes);
  whole = ::close(descriptor) == 0 && whole;
  if (!whole || rename(partial, path) != 0) unlink(partial);
}

template <typename Do>
void each_kept_output(const Operation& operation, Do each) {
  for (uint32_t index = 0; index < operation.output_count; ++index)
    if (operation.outputs[index].bytes <= kMaxCaptureBytes && !operation.outputs[index].is_given())
      each(index, operation.outputs[index]);
}

void write_outputs(const Operation& operation, uint64_t identity) {
  each_kept_output(operation, [&](uint32_t index, const DeclaredBuffer& buffer) {
    write_capture(identity, index, buffer);
  });
}

void remove_outputs(const Operation& operation, uint64_t identity) {
  each_kept_output(operation, [&](uint32_t index, const DeclaredBuffer&) {
    char path[kPathBytes];
    print_capture_path(path, sizeof path, settings().directory, identity, index);
    unlink(path);
  });
}

// How many operations had each identity that is wanted; as many as a run is ever asked for.
constexpr size_t kMostIdentities = 8192;
constinit std::atomic<uint32_t> g_had[kMostIdentities];

// Work that moves between threads is known by its key. Where several operations go by one identity,
// which of them another run's capture would be of is not known: none is kept.
void capture_anywhere(const Operation& operation, uint64_t identity, std::atomic<uint32_t>& had) {
  const uint32_t earlier = had.fetch_add(1);
  if (earlier == 0) write_outputs(operation, identity);
  if (earlier == 1 || (earlier == 0 && had.load() > 1)) remove_outputs(operation, identity);
}

}  // namespace

void capture_outputs(const Operation& operation) {
  const Settings& wanted = settings();
  if (wanted.capture_count == 0) return;
  const uint64_t in_lane = identity_of(operation.place, EventKind::kOperation);
  if (wanted.capture_index(in_lane) < wanted.capture_count)
    return write_outputs(operation, in_lane);
  const uint64_t anywhere = identity_without_lane_of(operation.place, EventKind::kOperation);
  const size_t index = wanted.capture_index(anywhere);
  if (index < std::min(wanted.capture_count, kMostIdentities))
    capture_anywhere(operation, anywhere, g_had[index]);
}

}  // namespace detaudit::instrument
