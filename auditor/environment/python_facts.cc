#include <sstream>

#include "auditor/environment/facts.h"
#include "auditor/launch/query.h"

namespace detaudit::auditor {
namespace {

constexpr std::chrono::milliseconds kPythonLimit{10'000};

// Reads the installed packages' own records; imports none of them. The folder it runs in is taken
// off the path first, so that a file named like a module there is not run.
constexpr const char* kQuestion = R"py(
import sys
sys.path = [p for p in sys.path if p]
import platform
from importlib import metadata
print('python.version', platform.python_version())
print('python.implementation', platform.python_implementation())
print('python.executable', sys.executable)
known = '''torch torchvision torchaudio lightning pytorch-lightning tensorflow tensorflow-cpu keras jax
jaxlib flax optax numpy scipy pandas scikit-learn xgboost lightgbm catboost transformers datasets
tokenizers accelerate deepspeed triton flash-attn xformers bitsandbytes vllm cupy cupy-cuda12x
cupy-cuda13x numba numexpr mkl intel-openmp tbb mpi4py horovod ray mxnet paddlepaddle onnxruntime
transformer-engine apex'''.split()
found = {}
for d in metadata.distributions():
    try:
        name = d.metadata['Name'].lower().replace('_', '-')
        if name in known or name.startswith('nvidia-'):
            found.setdefault(name, d.version)
    except Exception:
        pass
for name in sorted(found):
    print('python.package.' + name, found[name])
)py";

}  // namespace

void add_python_facts(Manifest& manifest, const std::filesystem::path& interpreter) {
  manifest["python.version"] = kAbsent;
  auto answer = output_of({interpreter.string(), "-c", kQuestion}, kPythonLimit);
  std::istringstream lines(answer.value_or(""));
  std::string name, value;
  while (lines >> name && std::getline(lines >> std::ws, value)) {
    if (name.starts_with("python.")) manifest[name] = value;
  }
}

}  // namespace detaudit::auditor
