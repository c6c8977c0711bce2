#pragma once

#include <cstdint>
#include <vector>

#include "instrument/cubin/byte_source.h"

namespace detaudit::instrument {

struct FileRange {
  uint64_t begin, end;
};

// Where the host's instructions lie in a program, library or object for it: what looks like GPU
// code there is a number inside an instruction. Empty for any other file.
std::vector<FileRange> host_code(const ByteSource& source);

}  // namespace detaudit::instrument
