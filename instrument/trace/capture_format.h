#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>

#include "instrument/trace/format.h"
#include "kernels/digest.h"

namespace detaudit::instrument {

// A capture file: this header, the buffer's name, its bytes. Written beside, then renamed.
inline constexpr char kCaptureMagic[8] = {'D', 'E', 'T', 'C', 'A', 'P', '1', '\n'};
inline constexpr size_t kMaxCaptureBytes = size_t{64} << 20;

struct CaptureHeader {
  char magic[8];
  uint64_t identity;
  uint64_t bytes;
  kernels::Digest digest;
  uint32_t output;
  uint32_t dtype;
  uint32_t name_bytes;
  uint32_t zero;
};

// The file of one output of one event, cut to `bytes`.
inline void print_capture_path(char* path, size_t bytes, const char* directory, uint64_t identity,
                               uint32_t output) {
  std::snprintf(path, bytes, "%s/capture-%016llx-%u.bin", directory,
                static_cast<unsigned long long>(identity), output);
}

}  // namespace detaudit::instrument
