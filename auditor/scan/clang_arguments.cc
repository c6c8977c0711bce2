#include "auditor/scan/clang_arguments.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "auditor/launch/runner.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOpenMp = "-D_OPENMP=202011";  // its pragmas are read, not compiled

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

std::vector<fs::path> toolkit_candidates() {
  std::vector<fs::path> candidates;
  for (const char* variable : {"CUDA_PATH", "CUDA_HOME"}) {
    const char* value = std::getenv(variable);
    if (value != nullptr && *value != '\0') candidates.emplace_back(value);
  }
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (is_there(fs::path(folder) / "nvcc")) candidates.push_back(fs::path(folder).parent_path());
  }
  for (const char* usual : {"/usr/local/cuda", "/opt/cuda", "/usr/lib/cuda"}) {
    candidates.emplace_back(usual);
  }
  return candidates;
}

// omp.h, quadmath.h: the compiler's own headers that clang does not bring.
void add_gcc_headers(std::vector<std::string>& arguments) {
  std::error_code error;
  for (const auto& target : fs::directory_iterator("/usr/lib/gcc", error)) {
    std::vector<fs::path> versions;
    for (const auto& version : fs::directory_iterator(target.path(), error)) {
      if (is_there(version.path() / "include" / "omp.h")) versions.push_back(version.path());
    }
    if (versions.empty()) continue;
    arguments.insert(arguments.end(),
                     {"-idirafter", std::max_element(versions.begin(), versions.end())->string() +
                                        "/include"});
  }
}

void add_cuda(std::vector<std::string>& arguments, const CudaToolkit& cuda) {
  const fs::path own = scan_parts() / "include";
  if (cuda.path.empty()) {
    arguments.insert(arguments.end(),
                     {"-x", "cuda", "--cuda-host-only", "-nocudainc", "-nocudalib", "-isystem",
                      own.string(), "-include", (own / "detaudit_cuda_stub.h").string()});
    return;
  }
  arguments.insert(arguments.end(),
                   {"-x", "cuda", "--cuda-device-only", "--cuda-gpu-arch=sm_90",
                    "--cuda-path=" + cuda.path.string(), "--no-cuda-version-check",
                    "-fgpu-rdc", "-isystem", (cuda.path / "include" / "cccl").string(), "-isystem",
                    own.string(), "-include", (own / "detaudit_cuda_shim.h").string()});
}

void add_language(std::vector<std::string>& arguments, SourceKind kind, const CudaToolkit& cuda) {
  switch (kind) {
    case SourceKind::kC:
      arguments.insert(arguments.end(), {"-x", "c", "-std=gnu17"});
      break;
    case SourceKind::kCuda:
    case SourceKind::kCudaHeader:
      add_cuda(arguments, cuda);
      arguments.push_back("-std=gnu++17");
      break;
    default:
      arguments.insert(arguments.end(), {"-x", "c++", "-std=gnu++20"});
      break;
  }
}

void add_include_folders(std::vector<std::string>& arguments, const fs::path& file) {
  std::vector<std::string> found;
  fs::path top;
  for (fs::path at = file.parent_path(); at.has_relative_path(); at = at.parent_path()) {
    if (is_there(at / "include")) found.push_back((at / "include").string());
    if (is_there(at / ".git")) {
      top = at;
      break;
    }
  }
  // Without a checkout there is no telling where its tree begins: folders far above are others'.
  if (top.empty()) {
    found.clear();
    top = fs::current_path();
  }
  for (const std::string& folder : found) arguments.push_back("-I" + folder);
  arguments.push_back("-I" + top.string());
}

}  // namespace

CudaToolkit find_cuda_toolkit() {
  for (const fs::path& candidate : toolkit_candidates()) {
    if (is_there(candidate / "include" / "cuda_runtime.h")) return {candidate};
  }
  return {};
}

std::vector<std::string> default_arguments(const fs::path& file, SourceKind kind,
                                           const CudaToolkit& cuda) {
  std::vector<std::string> arguments;
  add_language(arguments, kind, cuda);
  add_include_folders(arguments, file);
  arguments.insert(arguments.end(), {kOpenMp, "-w"});
  add_gcc_headers(arguments);
  return arguments;
}

}  // namespace detaudit::auditor
