// A program that works on a GPU by the driver API and knows nothing of detaudit. Its argument:
//   ordered   sums partial results in their order: the same bytes each time
//   atomic    adds floats as they arrive
//   exact     the same, of numbers whose sums are exact: the same bytes each time
//   stateful  adds floats as they arrive, by a kernel that keeps state in a variable
//   look_back groups partial sums by which blocks came first
//   writer    keeps what the last block wrote
//   clock     takes an element by the device's clock
//   host      reads the device's input from a generator seeded by the system's entropy
//   streams   two streams write one buffer, unordered
//   table     copies the addresses of its memory into memory of the device
//   device_table  a kernel writes its address there
#include <cuda.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "tests/subjects/gpu/soft_kernels.h"

namespace {

void check(CUresult result) {
  if (result != CUDA_SUCCESS) std::exit(3);
}

CUfunction kernel(CUmodule module, const char* name) {
  CUfunction function;
  check(cuModuleGetFunction(&function, module, name));
  return function;
}

const char* sum_kernel(const std::string& what) {
  if (what == "atomic" || what == "exact") return "_Z10atomic_sumPKfPfm";
  if (what == "stateful") return "_Z12stateful_sumPKfPfm";
  if (what == "look_back") return "_Z9look_backPKfPfmPVjPVf";
  if (what == "writer") return "_Z11last_writerPKfPfm";
  return what == "clock" ? "_Z5drawnPKfPfm" : "_Z11ordered_sumPKfPfm";
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "ordered";
  define_kernels();
  check(cuInit(0));
  CUmodule module;
  const std::string code = read_code();
  check(cuModuleLoadData(&module, code.data()));
  CUdeviceptr in, out;
  check(cuMemAlloc(&in, kElements * sizeof(float)));
  check(cuMemAlloc(&out, sizeof(float)));
  std::mt19937 engine(what == "host" ? std::random_device{}() : 7);
  std::vector<float> values(kElements);
  const bool exact = what == "exact";
  for (float& value : values)
    value =
        exact ? static_cast<float>(engine() % 1000) : static_cast<float>(engine() % 100000) * 1e-3f;
  check(cuMemcpyHtoD(in, values.data(), kElements * sizeof(float)));
  if (what == "table") {
    const CUdeviceptr addresses[] = {in, out};
    CUdeviceptr table;
    check(cuMemAlloc(&table, sizeof addresses));
    check(cuMemcpyHtoD(table, addresses, sizeof addresses));
  }
  if (what == "device_table") {
    CUdeviceptr table;
    check(cuMemAlloc(&table, sizeof table));
    void* parameters[] = {&table};
    check(cuLaunchKernel(kernel(module, "_Z12keep_addressPPv"), 1, 1, 1, 1, 1, 1, 0, nullptr,
                         parameters, nullptr));
  }
  CUfunction sum = kernel(module, sum_kernel(what));
  CUfunction scaled = kernel(module, "_Z5scalePff");
  CUstream other = nullptr;
  check(cuStreamCreate(&other, CU_STREAM_NON_BLOCKING));
  float result = 0;
  for (int step = 0; step < 20; ++step) {
    uint64_t elements = kElements;
    void* sum_parameters[] = {&in, &out, &elements};
    check(cuMemsetD8(out, 0, sizeof(float)));
    check(cuLaunchKernel(sum, 64, 1, 1, 32, 1, 1, 0, nullptr, sum_parameters, nullptr));
    float factor = exact ? 0.5f : 0.99f;
    void* scale_parameters[] = {&in, &factor};
    check(cuLaunchKernel(scaled, 16, 1, 1, 256, 1, 1, 0, nullptr, scale_parameters, nullptr));
    if (what == "streams")
      check(cuLaunchKernel(scaled, 16, 1, 1, 256, 1, 1, 0, other, scale_parameters, nullptr));
    float now;
    check(cuMemcpyDtoH(&now, out, sizeof now));
    result += now;
  }
  check(cuCtxSynchronize());
  std::printf("%a\n", static_cast<double>(result));
  return 0;
}
