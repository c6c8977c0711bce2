#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "auditor/environment/facts.h"
#include "auditor/environment/redaction.h"

namespace detaudit::auditor {
namespace {

// Reported whether set or not: their absence says as much as their value.
constexpr std::array kAlways = {"CUBLAS_WORKSPACE_CONFIG",
                                "CUDA_VISIBLE_DEVICES",
                                "GLIBC_TUNABLES",
                                "LANG",
                                "LC_ALL",
                                "LD_LIBRARY_PATH",
                                "LD_PRELOAD",
                                "MKL_CBWR",
                                "MKL_NUM_THREADS",
                                "NCCL_ALGO",
                                "OMP_NUM_THREADS",
                                "OMP_SCHEDULE",
                                "OPENBLAS_NUM_THREADS",
                                "PYTHONHASHSEED",
                                "TF_DETERMINISTIC_OPS",
                                "TZ"};

// Reported when set.
constexpr std::array<std::string_view, 34> kFamilies = {
    "OMP_",     "GOMP_", "KMP_",    "MKL_",           "OPENBLAS_", "GOTO_",   "BLIS_",  "VECLIB_",
    "NUMEXPR_", "CUDA_", "CUBLAS_", "CUDNN_",         "NVIDIA_",   "NCCL_",   "NVTE_",  "TF_",
    "XLA_",     "JAX_",  "TORCH_",  "TORCHINDUCTOR_", "PYTORCH_",  "TRITON_", "KERAS_", "DNNL_",
    "ONEDNN_",  "TBB_",  "PYTHON",  "MALLOC_",        "GLIBC_",    "LD_",     "LC_",    "HIP_",
    "MIOPEN_",  "MPI_"};

}  // namespace

void add_variable_facts(Manifest& manifest) {
  for (const char* name : kAlways) manifest[std::string("variable.") + name] = kAbsent;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    std::string_view text = *entry;
    std::string_view name = text.substr(0, text.find('='));
    if (name.size() == text.size()) continue;
    std::string key = "variable." + std::string(name);
    bool matters = manifest.contains(key) ||
                   std::any_of(kFamilies.begin(), kFamilies.end(),
                               [&](std::string_view family) { return name.starts_with(family); });
    if (matters) manifest[key] = redacted(name, text.substr(name.size() + 1));
  }
}

}  // namespace detaudit::auditor
