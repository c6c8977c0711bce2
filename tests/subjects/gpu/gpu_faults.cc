// A program on a GPU that does what well-behaved ones do not. Its argument:
//   exit     leaves by _exit with work under way
//   killed   ends by a system call that nothing can see coming
//   fork     forks again and again while the GPU works; its children use the driver, too
//   streams  has a thousand streams
//   reset    resets the device half way and goes on
//   crash    touches memory that it has not, with work under way
//   broken   has a device that fails half way
//   stalled  gives more work than digests have room for, while the device waits for the host
//   later    calls what a later driver has
//   memory   asks for more device memory than there is, and goes on with less
#include <cuda.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/subjects/gpu/soft_cuda.h"

namespace {

constexpr size_t kElements = 1024;
CUfunction g_add, g_wait;
std::atomic<bool> g_go{false};

void add_one(const void* parameters, unsigned) {
  float* data = *static_cast<float* const*>(parameters);
  for (size_t i = 0; i < kElements; ++i) data[i] += 1;
}

void wait_for_host(const void*, unsigned) {
  while (!g_go) usleep(1000);
}

void check(CUresult result, const char* what) {
  if (result == CUDA_SUCCESS) return;
  std::printf("%s: error %d\n", what, result);
  std::fflush(stdout);
  std::exit(6);
}

CUdeviceptr make_data() {
  CUdeviceptr data;
  check(cuMemAlloc(&data, kElements * sizeof(float)), "cuMemAlloc");
  check(cuMemsetD8(data, 0, kElements * sizeof(float)), "cuMemsetD8");
  return data;
}

void launch(CUdeviceptr data, CUstream stream) {
  void* parameters[] = {&data};
  check(cuLaunchKernel(g_add, 1, 1, 1, 32, 1, 1, 0, stream, parameters, nullptr), "cuLaunchKernel");
}

void print(CUdeviceptr data) {
  float first;
  check(cuMemcpyDtoH(&first, data, sizeof first), "cuMemcpyDtoH");
  std::printf("%g\n", static_cast<double>(first));
  std::fflush(stdout);
}

void fork_often(CUdeviceptr data) {
  int used = 0;
  for (int i = 0; i < 100; ++i) {
    for (int k = 0; k < 10; ++k) launch(data, nullptr);
    const pid_t child = fork();
    if (child == 0) {
      CUdeviceptr own;
      _exit(cuMemAlloc(&own, 64) == CUDA_SUCCESS ? 17 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    used += WIFEXITED(status) && WEXITSTATUS(status) == 17;
  }
  std::printf("%d children\n", used);
}

void use_streams(CUdeviceptr data) {
  std::vector<CUstream> streams(1000);
  for (CUstream& stream : streams) check(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), "stream");
  for (CUstream stream : streams) {
    launch(data, stream);
    check(cuStreamSynchronize(stream), "cuStreamSynchronize");
  }
  for (CUstream stream : streams) check(cuStreamDestroy(stream), "cuStreamDestroy");
}

// Goes on until a launch had to wait for room, which alone none does.
void outrun_the_device() {
  using Clock = std::chrono::steady_clock;
  const CUdeviceptr data = make_data();
  check(cuLaunchKernel(g_wait, 1, 1, 1, 32, 1, 1, 0, nullptr, nullptr, nullptr), "cuLaunchKernel");
  for (int i = 0; i < 100'000; ++i) {
    const auto start = Clock::now();
    launch(data, nullptr);
    if (Clock::now() - start > std::chrono::seconds(1)) break;
  }
  g_go = true;
  check(cuCtxSynchronize(), "cuCtxSynchronize");
}

void ask_for_too_much() {
  CUdeviceptr big;
  const CUresult result = cuMemAlloc(&big, size_t{1} << 40);
  std::printf("a terabyte: %s\n", result == CUDA_ERROR_OUT_OF_MEMORY ? "no" : "yes");
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const size_t pointer[] = {8};
  soft_define_kernel("_Z7add_onePf", add_one, pointer, 1);
  soft_define_kernel("_Z4waitv", wait_for_host, nullptr, 0);
  check(cuInit(0), "cuInit");
  CUmodule module;
  check(cuModuleLoadData(&module, "no device code"), "cuModuleLoadData");
  check(cuModuleGetFunction(&g_add, module, "_Z7add_onePf"), "cuModuleGetFunction");
  check(cuModuleGetFunction(&g_wait, module, "_Z4waitv"), "cuModuleGetFunction");
  CUdeviceptr data = make_data();
  for (int i = 0; i < 50; ++i) launch(data, nullptr);
  print(data);
  if (what == "killed" || what == "crash") usleep(300'000);  // what was waited for gets written
  if (what == "fork") fork_often(data);
  if (what == "streams") use_streams(data);
  if (what == "stalled") outrun_the_device();
  if (what == "later") soft_call_later_driver();
  if (what == "memory") ask_for_too_much();
  if (what == "broken") soft_break_device();
  if (what == "reset") {
    check(cuDevicePrimaryCtxReset(0), "cuDevicePrimaryCtxReset");
    data = make_data();
  }
  for (int i = 0; i < 50; ++i) launch(data, nullptr);
  if (what == "exit") _exit(5);
  if (what == "killed") syscall(SYS_exit_group, 5);
  if (what == "crash") *static_cast<volatile int*>(nullptr) = 1;
  print(data);
  return 0;
}
