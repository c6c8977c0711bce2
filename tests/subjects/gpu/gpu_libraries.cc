// A program that works on a GPU through cuDNN, cuBLAS, cuRAND and NVRTC in software. Its argument, each
// hazard before its clean twin:
//   autotune pinned      a convolution's algorithm: as measured, or given
//   filter0 filter1      a weight gradient by cuDNN's algorithm 0 (float atomics), or 1
//   atomics no_atomics   cuBLAS with atomics allowed, or not
//   autotune_ex heuristic_v7       as autotune, by the calls that frameworks use
//   light_heuristic light   cuBLASLt's algorithm: as its heuristic has it, or given
//   dropout_chance dropout  cuDNN's dropout seeded by what no probe sees, or by 7
//   compiled compiled_ordered   as filter0 and filter1, with kernels that NVRTC compiled
//   seed_time seed_chance seeded   cuRAND seeded by the time, by what no probe sees, or by 7
// Built twice: with the libraries its own (gpu_libraries), and with those of a plugin that it opens
// for itself alone, its second argument (gpu_plugin), as Python opens an extension module.
#include <dlfcn.h>

#include <string>

#include "tests/subjects/gpu/library_work.h"
#include "tests/subjects/gpu/soft_kernels.h"

namespace {

using Run = decltype(run_library_work);
#ifdef BY_PLUGIN
Run* work_of(const char* path) {
  void* plugin = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : nullptr;
  return plugin ? reinterpret_cast<Run*>(dlsym(plugin, "run_library_work")) : nullptr;
}
#else
Run* work_of(const char*) { return run_library_work; }
#endif

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "pinned";
  auto* run = work_of(argc > 2 ? argv[2] : nullptr);
  if (!run) return 4;
  define_kernels();
  const std::string code = read_code();
  return run(what.c_str(), code.data());
}
