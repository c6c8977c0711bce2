#include "auditor/scan/clang_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>

#include "auditor/launch/runner.h"
#include "reports/diagnostic.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

// Those that clang 22 knows.
constexpr std::array<unsigned, 18> kSms = {50, 52, 53, 60, 61,  62,  70,  72,  75,
                                           80, 86, 87, 89, 90, 100, 101, 120, 121};
constexpr unsigned kUsualSm = 90;

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

unsigned sm_for_clang(const std::vector<unsigned>& sms) {
  unsigned best = 0;
  for (const unsigned sm : sms) {
    const auto known = std::upper_bound(kSms.begin(), kSms.end(), sm);
    if (known != kSms.begin()) best = std::max(best, *(known - 1));
  }
  return best == 0 ? kUsualSm : best;
}

void add_cuda(std::vector<std::string>& arguments, const std::vector<unsigned>& sms,
              const CudaToolkit& cuda) {
  const fs::path own = scan_parts() / "include";
  if (cuda.path.empty()) {
    arguments.insert(arguments.end(),
                     {"-x", "cuda", "--cuda-host-only", "-nocudainc", "-nocudalib", "-isystem",
                      (own / "without_cuda").string(), "-include",
                      (own / "detaudit_cuda_stub.h").string()});
    return;
  }
  arguments.insert(arguments.end(),
                   {"-x", "cuda", "--cuda-device-only",
                    fmt::format("--cuda-gpu-arch=sm_{}", sm_for_clang(sms)),
                    "--cuda-path=" + cuda.path.string(), "--no-cuda-version-check", "-fgpu-rdc",
                    "-isystem", (cuda.path / "include" / "cccl").string(), "-include",
                    (own / "detaudit_cuda_shim.h").string()});
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

CudaToolkit find_cuda_toolkit(const std::optional<std::string>& given) {
  if (given == "none") return {};
  if (given) {
    if (is_there(fs::path(*given) / "include" / "cuda_runtime.h")) return {fs::canonical(*given)};
    throw reports::usage_error(
        "DET902", fmt::format("`{}` holds no CUDA toolkit", *given),
        "name the folder with include/cuda_runtime.h in it, or --cuda-path none");
  }
  for (const fs::path& candidate : toolkit_candidates()) {
    if (is_there(candidate / "include" / "cuda_runtime.h")) return {candidate};
  }
  return {};
}

std::vector<std::string> language_arguments(SourceKind kind, const std::vector<unsigned>& sms,
                                            const std::string& standard, const CudaToolkit& cuda) {
  std::vector<std::string> arguments;
  std::string usual = "gnu++20";
  if (kind == SourceKind::kC) {
    arguments = {"-x", "c"};
    usual = "gnu17";
  } else if (kind == SourceKind::kCuda || kind == SourceKind::kCudaHeader) {
    add_cuda(arguments, sms, cuda);
    usual = "gnu++17";
  } else {
    arguments = {"-x", "c++"};
  }
  // A header's neighbour may be of the other language.
  const bool cxx = standard.find("++") != std::string::npos;
  const bool fits = !standard.empty() && cxx == (kind != SourceKind::kC);
  arguments.push_back("-std=" + (fits ? standard : usual));
  return arguments;
}

void add_common_arguments(std::vector<std::string>& arguments, OpenMp openmp) {
  if (openmp == OpenMp::kOn) arguments.emplace_back("-D_OPENMP=202011");
  arguments.insert(arguments.end(),
                   {"-w", "-idirafter", (scan_parts() / "include" / "openmp").string()});
}

std::vector<std::string> default_arguments(const fs::path& file, SourceKind kind,
                                           const CudaToolkit& cuda) {
  std::vector<std::string> arguments = language_arguments(kind, {}, "", cuda);
  add_include_folders(arguments, file);
  add_common_arguments(arguments, OpenMp::kOn);
  return arguments;
}

}  // namespace detaudit::auditor
