#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "auditor/scan/source_kind.h"

namespace detaudit::auditor {

// Where CUDA's headers are.
struct CudaToolkit {
  std::filesystem::path path;  // empty: none is installed, and its own declarations stand in
};

// As CUDA_PATH or CUDA_HOME name it, or where `nvcc` and distributions have it.
CudaToolkit find_cuda_toolkit();

// What clang is told of a file that no build describes: its language, and as places of headers the
// top of its checkout and the `include` folders on the way there.
std::vector<std::string> default_arguments(const std::filesystem::path& file, SourceKind kind,
                                           const CudaToolkit& cuda);

}  // namespace detaudit::auditor
