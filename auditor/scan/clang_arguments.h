#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "auditor/scan/source_kind.h"

namespace detaudit::auditor {

// Where CUDA's headers are.
struct CudaToolkit {
  std::filesystem::path path;  // empty: none is installed, and declarations of our own stand in
};

// The one that is `given`, which must be there (DET902), or "none"; else as CUDA_PATH or CUDA_HOME
// name it, or where `nvcc` and distributions have it.
CudaToolkit find_cuda_toolkit(const std::optional<std::string>& given);

// clang's arguments for a language. `sms` are those that a build compiles for: the highest that
// clang knows is taken; `standard` is the build's, or empty.
std::vector<std::string> language_arguments(SourceKind kind, const std::vector<unsigned>& sms,
                                            const std::string& standard, const CudaToolkit& cuda);

// What every source is read with. OpenMP's pragmas are read, not compiled: clang is not told of
// them.
enum class OpenMp { kOff, kOn };
void add_common_arguments(std::vector<std::string>& arguments, OpenMp openmp);

// What clang is told of a file that no build describes: its language, and as places of headers the
// top of its checkout and the `include` folders on the way there.
std::vector<std::string> default_arguments(const std::filesystem::path& file, SourceKind kind,
                                           const CudaToolkit& cuda);

}  // namespace detaudit::auditor
