#pragma once

#include <optional>

#include "auditor/scan/gpu_code.h"
#include "instrument/cubin/byte_source.h"

namespace detaudit::auditor {

struct GpuFile {
  GpuCode code;
  bool claimed = false;  // the file itself begins as a cubin, a fatbin or PTX
};

// Reads all GPU code in a file, image by image on `threads` threads; at most a few images are in
// memory at a time. Nothing when the file holds no GPU code.
std::optional<GpuFile> read_gpu_file(const instrument::ByteSource& source, unsigned threads);

}  // namespace detaudit::auditor
