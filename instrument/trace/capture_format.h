#pragma once

#include <cstddef>
#include <cstdint>

#include "instrument/trace/format.h"
#include "kernels/digest.h"

namespace detaudit::instrument {

// A capture file: this header, the buffer's name, its bytes. Written beside, then renamed.
inline constexpr char kCaptureMagic[8] = {'D', 'E', 'T', 'C', 'A', 'P', '1', '\n'};
inline constexpr const char* kCapturePrefix = "capture-";
inline constexpr const char* kCaptureSuffix = ".bin";
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

}  // namespace detaudit::instrument
