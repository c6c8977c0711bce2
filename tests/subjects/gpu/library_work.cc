#include "tests/subjects/gpu/library_work.h"

#include <cuda.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

extern "C" {
struct Performance {
  int algorithm, status;
  float time;
  size_t memory;
  int determinism, math, reserved[3];
};
int cudnnFindConvolutionForwardAlgorithm(void*, void*, void*, void*, void*, int, int*,
                                         Performance*);
int cudnnConvolutionForward(void*, const void*, void*, const void*, void*, const void*, void*, int,
                            void*, size_t, const void*, void*, void*);
int cudnnConvolutionBackwardFilter(void*, const void*, void*, const void*, void*, const void*,
                                   void*, int, void*, size_t, const void*, void*, void*);
int cublasCreate_v2(void**);
int cublasSetAtomicsMode(void*, int);
int cublasSsymv_v2(void*, int, int, const float*, const float*, int, const float*, int,
                   const float*, float*, int);
int curandCreateGenerator(void**, int);
int curandSetPseudoRandomGeneratorSeed(void*, unsigned long long);
int curandGenerateUniform(void*, float*, size_t);
int cudnnFindConvolutionForwardAlgorithmEx(void*, void*, const void*, void*, const void*, void*,
                                           void*, void*, int, int*, Performance*, void*, size_t);
int cudnnGetConvolutionForwardAlgorithm_v7(void*, void*, void*, void*, void*, int, int*,
                                           Performance*);
int cudnnSetDropoutDescriptor(void*, void*, float, void*, size_t, unsigned long long);
struct Heuristic {
  uint64_t algorithm[8];
  size_t workspace_bytes;
  int rest[6];
};
int cublasLtMatmulAlgoGetHeuristic(void*, void*, void*, void*, void*, void*, void*, int, Heuristic*,
                                   int*);
int cublasLtMatmul(void*, void*, const void*, const void*, void*, const void*, void*, const void*,
                   const void*, void*, void*, void*, const void*, void*, size_t, void*);
int nvrtcCompileProgram(void*, int, const char* const*);
// Of no library here: what a program asks that can do without it.
__attribute__((weak)) int cudnnBackendExecute(void*, void*, void*);
}

namespace {

constexpr size_t kElements = 4096;
int g_shape[4] = {1, 1, 64, 64};

void convolve(const std::string& what, void* in, void* out) {
  int algorithm = 1, returned = 0;
  Performance results[1];
  if (what == "autotune") {
    cudnnFindConvolutionForwardAlgorithm(nullptr, g_shape, g_shape, g_shape, g_shape, 1, &returned,
                                         results);
    algorithm = results->algorithm;
  }
  if (what == "autotune_ex") {
    cudnnFindConvolutionForwardAlgorithmEx(nullptr, g_shape, in, g_shape, nullptr, g_shape, g_shape,
                                           out, 1, &returned, results, nullptr, 0);
    algorithm = results->algorithm;
  }
  if (what == "heuristic_v7") {
    cudnnGetConvolutionForwardAlgorithm_v7(nullptr, g_shape, g_shape, g_shape, g_shape, 1,
                                           &returned, results);
    algorithm = results->algorithm;
  }
  cudnnConvolutionForward(nullptr, nullptr, g_shape, in, g_shape, nullptr, g_shape, algorithm,
                          nullptr, 0, nullptr, g_shape, out);
}

void multiply_light(const std::string& what, void* in, void* out) {
  Heuristic chosen[1] = {};
  int returned = 0;
  if (what == "light_heuristic") {
    cublasLtMatmulAlgoGetHeuristic(nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, 1,
                                   chosen, &returned);
  }
  cublasLtMatmul(nullptr, nullptr, nullptr, in, nullptr, nullptr, nullptr, nullptr, nullptr,
                 nullptr, out, nullptr, chosen->algorithm, nullptr, 0, nullptr);
}

void work(const std::string& what, void* in, void* out) {
  if (what == "autotune" || what == "autotune_ex" || what == "heuristic_v7" || what == "pinned") {
    return convolve(what, in, out);
  }
  if (what == "light_heuristic" || what == "light") return multiply_light(what, in, out);
  if (what == "dropout_chance" || what == "dropout") {
    cudnnSetDropoutDescriptor(nullptr, nullptr, 0.5f, out, sizeof(float),
                              what == "dropout" ? 7 : __builtin_ia32_rdtsc());
    return;
  }
  if (what == "compiled" || what == "compiled_ordered") {
    const char* options[] = {"--use_fast_math", "-arch=sm_90"};
    nvrtcCompileProgram(nullptr, 2, options);
    cudnnConvolutionBackwardFilter(nullptr, nullptr, g_shape, in, g_shape, nullptr, g_shape,
                                   what == "compiled_ordered", nullptr, 0, nullptr, g_shape, out);
    return;
  }
  if (what == "filter0" || what == "filter1") {
    cudnnConvolutionBackwardFilter(nullptr, nullptr, g_shape, in, g_shape, nullptr, g_shape,
                                   what == "filter1", nullptr, 0, nullptr, g_shape, out);
    return;
  }
  if (what == "atomics" || what == "no_atomics") {
    void* handle;
    cublasCreate_v2(&handle);
    cublasSetAtomicsMode(handle, what == "atomics");
    cublasSsymv_v2(handle, 0, 64, nullptr, static_cast<float*>(in), 64, nullptr, 1, nullptr,
                   static_cast<float*>(out), 1);
    return;
  }
  void* generator;
  curandCreateGenerator(&generator, 100);
  unsigned long long seed = 7;
  if (what == "seed_time") {
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    seed = static_cast<unsigned long long>(now.tv_nsec);
  }
  if (what == "seed_chance") seed = __builtin_ia32_rdtsc();
  curandSetPseudoRandomGeneratorSeed(generator, seed);
  curandGenerateUniform(generator, static_cast<float*>(out), 1);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int run_library_work(const char* what,
                                                                       const void* code) {
  CUmodule module;
  CUdeviceptr in, out;
  if (cuInit(0) != CUDA_SUCCESS || cuModuleLoadData(&module, code) != CUDA_SUCCESS) return 3;
  cuMemAlloc(&in, kElements * sizeof(float));
  cuMemAlloc(&out, sizeof(float));
  std::vector<float> values(kElements);
  for (size_t i = 0; i < kElements; ++i) values[i] = static_cast<float>(i * 7919 % 10007) * 1e-3f;
  cuMemcpyHtoD(in, values.data(), kElements * sizeof(float));
  // A library that is not there answers with an error.
  if (cudnnBackendExecute && cudnnBackendExecute(nullptr, nullptr, nullptr) == 0) return 5;
  for (int step = 0; step < 4; ++step) {
    cuMemsetD8(out, 0, sizeof(float));
    work(what, reinterpret_cast<void*>(in), reinterpret_cast<void*>(out));
    float now = 0;
    cuMemcpyDtoH(&now, out, sizeof now);
    std::printf("%a\n", static_cast<double>(now));
  }
  return 0;
}
