// Asks a GPU's driver and CUPTI what the GPU probe relies on, by a subscription of its own. A line
// a question as in `device_checks --rows`, or with --list the questions alone. Exits 77 when no GPU
// or no CUPTI answers.
#include <cuda.h>
#include <cupti.h>
#include <dlfcn.h>
#include <elf.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <vector>

namespace {

using Count = unsigned long long;

struct Module {
  bool whole;  // an ELF image, with its section headers inside
  pid_t thread;
  std::string within;  // the driver call under way
};

// What was seen since it was last cleared.
struct Seen {
  unsigned launched = 0, refused = 0, nested = 0, unnamed = 0, memory_given = 0;
  std::set<std::string> launch_calls, handles;
  std::vector<Module> modules;
};

struct Functions {
  decltype(&::cuptiSubscribe) subscribe;
  decltype(&::cuptiEnableDomain) enable_domain;
  decltype(&::cuptiGetCallbackName) name;
  decltype(&::cuLaunchKernel) launch;
  decltype(&::cuFuncGetParamInfo) function_parameter;
  decltype(&::cuKernelGetParamInfo) kernel_parameter;
  decltype(&::cuThreadExchangeStreamCaptureMode) exchange_mode;
  decltype(&::cuMemAlloc) allocate;
  decltype(&::cuMemsetD8Async) fill;
  decltype(&::cuStreamCreate) create_stream;
  decltype(&::cuStreamSynchronize) wait_for_stream;
};

Functions g_functions;
Seen g_seen;
bool g_armed = false;   // launch `mark` before and behind each launch
bool g_asking = false;  // and ask for memory
thread_local bool g_ours = false;
thread_local std::vector<CUpti_CallbackId> g_under_way;
CUfunction g_mark;
Count* g_marks;

__global__ void mark(Count* marks) { ++*marks; }
__global__ void work(float* data) { data[threadIdx.x] += 1; }

void check(cudaError_t error) {
  if (error == cudaSuccess) return;
  std::printf("%s\n", cudaGetErrorString(error));
  std::exit(1);
}

[[gnu::format(printf, 1, 2)]] std::string text(const char* format, ...) {
  char buffer[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  return buffer;
}

std::string call_name(CUpti_CallbackId id) {
  const char* name = nullptr;
  g_functions.name(CUPTI_CB_DOMAIN_DRIVER_API, id, &name);
  return name ? name : "a call of no name";
}

struct Launch {
  CUfunction function = nullptr;
  CUstream stream = nullptr;
};

Launch launch_of(CUpti_CallbackId id, const void* parameters) {
  switch (id) {
    case CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel:
    case CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel_ptsz: {
      const auto& p = *static_cast<const cuLaunchKernel_params*>(parameters);
      return {p.f, p.hStream};
    }
    case CUPTI_DRIVER_TRACE_CBID_cuLaunchKernelEx:
    case CUPTI_DRIVER_TRACE_CBID_cuLaunchKernelEx_ptsz: {
      const auto& p = *static_cast<const cuLaunchKernelEx_params*>(parameters);
      return {p.f, p.config ? p.config->hStream : nullptr};
    }
    default:
      return {};
  }
}

const char* handle_kind(CUfunction function) {
  size_t offset, size;
  const bool is_function =
      g_functions.function_parameter(function, 0, &offset, &size) == CUDA_SUCCESS;
  const bool is_kernel = g_functions.kernel_parameter(reinterpret_cast<CUkernel>(function), 0,
                                                      &offset, &size) == CUDA_SUCCESS;
  return is_function && is_kernel ? "either"
         : is_function            ? "a CUfunction"
         : is_kernel              ? "a CUkernel"
                                  : "neither";
}

// In a callback, as the probe does it.
void launch_mark(CUstream stream) {
  g_ours = true;
  void* parameters[] = {&g_marks};
  const CUresult result =
      g_functions.launch(g_mark, 1, 1, 1, 1, 1, 1, 0, stream, parameters, nullptr);
  g_ours = false;
  ++(result == CUDA_SUCCESS ? g_seen.launched : g_seen.refused);
}

// In a callback of a launch that is captured: as the probe does where graphs hold more digests than
// there was memory for.
void ask_for_memory() {
  g_ours = true;
  CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_RELAXED;
  CUdeviceptr memory = 0;
  CUstream own = nullptr;
  g_functions.exchange_mode(&mode);
  g_seen.memory_given += g_functions.allocate(&memory, 1 << 20) == CUDA_SUCCESS &&
                         g_functions.create_stream(&own, CU_STREAM_NON_BLOCKING) == CUDA_SUCCESS &&
                         g_functions.fill(memory, 0, 1 << 20, own) == CUDA_SUCCESS &&
                         g_functions.wait_for_stream(own) == CUDA_SUCCESS;
  g_functions.exchange_mode(&mode);
  g_ours = false;
}

void driver_call(CUpti_CallbackId id, const CUpti_CallbackData& data) {
  const bool begins = data.callbackSite == CUPTI_API_ENTER;
  if (begins)
    g_under_way.push_back(id);
  else if (!g_under_way.empty())
    g_under_way.pop_back();
  if (g_ours) {
    g_seen.nested += begins;
    return;
  }
  const Launch launch = launch_of(id, data.functionParams);
  if (!g_armed || !launch.function) return;
  if (begins && g_asking) ask_for_memory();
  if (begins) {
    g_ours = true;
    g_seen.launch_calls.insert(call_name(id));
    g_seen.handles.insert(handle_kind(launch.function));
    g_seen.unnamed += data.symbolName == nullptr;
    g_ours = false;
  }
  launch_mark(launch.stream);
}

void module_loaded(const CUpti_ModuleResourceData& module) {
  Elf64_Ehdr header{};
  if (module.cubinSize >= sizeof header) std::memcpy(&header, module.pCubin, sizeof header);
  const bool whole =
      std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_shnum > 0 &&
      header.e_shoff + size_t{header.e_shnum} * header.e_shentsize <= module.cubinSize;
  g_seen.modules.push_back(
      {whole, gettid(), g_under_way.empty() ? "no call" : call_name(g_under_way.back())});
}

void CUPTIAPI callback(void*, CUpti_CallbackDomain domain, CUpti_CallbackId id, const void* data) {
  if (domain == CUPTI_CB_DOMAIN_DRIVER_API)
    return driver_call(id, *static_cast<const CUpti_CallbackData*>(data));
  if (domain != CUPTI_CB_DOMAIN_RESOURCE || id != CUPTI_CBID_RESOURCE_MODULE_LOADED) return;
  const auto& resource = *static_cast<const CUpti_ResourceData*>(data);
  if (const auto* module =
          static_cast<const CUpti_ModuleResourceData*>(resource.resourceDescriptor))
    module_loaded(*module);
}

void* first_library(std::vector<const char*> names) {
  for (const char* name : names)
    if (void* library = name ? dlopen(name, RTLD_NOW) : nullptr) return library;
  return nullptr;
}

template <typename Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
}

// What is missing, or null.
const char* subscribe() {
  void* cupti = first_library({std::getenv("DETAUDIT_CUPTI"), "libcupti.so.13", "libcupti.so",
                               "/usr/local/cuda/lib64/libcupti.so.13",
                               "/usr/local/cuda/extras/CUPTI/lib64/libcupti.so.13"});
  void* driver = first_library({"libcuda.so.1"});
  if (!driver) return "no driver is there";
  if (!cupti) return "CUPTI was not found";
  find(cupti, "cuptiSubscribe", g_functions.subscribe);
  find(cupti, "cuptiEnableDomain", g_functions.enable_domain);
  find(cupti, "cuptiGetCallbackName", g_functions.name);
  find(driver, "cuLaunchKernel", g_functions.launch);
  find(driver, "cuFuncGetParamInfo", g_functions.function_parameter);
  find(driver, "cuKernelGetParamInfo", g_functions.kernel_parameter);
  find(driver, "cuThreadExchangeStreamCaptureMode", g_functions.exchange_mode);
  find(driver, "cuMemAlloc_v2", g_functions.allocate);
  find(driver, "cuMemsetD8Async", g_functions.fill);
  find(driver, "cuStreamCreate", g_functions.create_stream);
  find(driver, "cuStreamSynchronize", g_functions.wait_for_stream);
  if (!g_functions.subscribe || !g_functions.enable_domain || !g_functions.name ||
      !g_functions.launch || !g_functions.function_parameter || !g_functions.kernel_parameter ||
      !g_functions.exchange_mode || !g_functions.allocate || !g_functions.fill ||
      !g_functions.create_stream || !g_functions.wait_for_stream)
    return "the driver or CUPTI is too old";
  CUpti_SubscriberHandle subscriber;
  if (g_functions.subscribe(&subscriber, callback, nullptr) != CUPTI_SUCCESS)
    return "CUPTI refused a subscription";
  if (g_functions.enable_domain(1, subscriber, CUPTI_CB_DOMAIN_DRIVER_API) != CUPTI_SUCCESS ||
      g_functions.enable_domain(1, subscriber, CUPTI_CB_DOMAIN_RESOURCE) != CUPTI_SUCCESS)
    return "CUPTI refused callbacks";
  return nullptr;
}

struct Answer {
  const char* status;  // passed, failed, measured, skipped
  std::string found;
};
Answer judged(bool good, std::string found) {
  return {good ? "passed" : "failed", std::move(found)};
}

Count marks() {
  Count count = 0;
  check(cudaMemcpy(&count, g_marks, sizeof count, cudaMemcpyDeviceToHost));
  return count;
}

std::string joined(const std::set<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
  return all.empty() ? "none" : all;
}

constexpr unsigned kLaunches = 8;

Answer launching_around(float* data) {
  g_seen = {};
  check(cudaMemset(g_marks, 0, sizeof(Count)));
  g_armed = true;
  for (unsigned i = 0; i < kLaunches; ++i) work<<<1, 32>>>(data);
  g_armed = false;
  check(cudaDeviceSynchronize());
  const Count ran = marks();
  return judged(ran == 2 * kLaunches && g_seen.launched == 2 * kLaunches,
                text("%llu of %u ran, %u refused; %u calls of ours came back to the callback", ran,
                     2 * kLaunches, g_seen.refused, g_seen.nested));
}

// Behind launching_around.
Answer handle_of_launches(float*) {
  return judged(!g_seen.handles.empty() && !g_seen.handles.contains("neither"),
                joined(g_seen.launch_calls) + " with " + joined(g_seen.handles) +
                    (g_seen.unnamed ? ", unnamed" : ", named"));
}

// Of two launches, each with ours around it, that a stream captures.
unsigned replayed(float* data, cudaStreamCaptureMode mode, unsigned replays) {
  g_seen = {};
  cudaStream_t stream;
  cudaGraph_t graph;
  cudaGraphExec_t exec;
  check(cudaStreamCreate(&stream));
  check(cudaMemset(g_marks, 0, sizeof(Count)));
  check(cudaStreamBeginCapture(stream, mode));
  g_armed = true;
  work<<<1, 32, 0, stream>>>(data);
  work<<<1, 32, 0, stream>>>(data);
  g_armed = false;
  check(cudaStreamEndCapture(stream, &graph));
  check(cudaGraphInstantiate(&exec, graph, 0));
  for (unsigned i = 0; i < replays; ++i) check(cudaGraphLaunch(exec, stream));
  check(cudaStreamSynchronize(stream));
  return static_cast<unsigned>(marks());
}

constexpr unsigned kReplays = 3;

Answer captured_in_graphs(float* data) {
  const unsigned ran = replayed(data, cudaStreamCaptureModeThreadLocal, kReplays);
  return judged(ran == 4 * kReplays,
                text("%u ran in %u replays, %u refused", ran, kReplays, g_seen.refused));
}

Answer memory_in_a_capture(float* data) {
  g_asking = true;
  const unsigned ran = replayed(data, cudaStreamCaptureModeGlobal, kReplays);
  g_asking = false;
  return judged(
      ran == 4 * kReplays && g_seen.memory_given == 2,
      text("given %u of 2 times, %u ran in %u replays", g_seen.memory_given, ran, kReplays));
}

Answer modules_of(const char* what) {
  size_t whole = 0;
  std::set<std::string> within;
  bool here = true;
  for (const Module& module : g_seen.modules) {
    whole += module.whole;
    here &= module.thread == gettid();
    within.insert(module.within);
  }
  return judged(
      !g_seen.modules.empty() && whole == g_seen.modules.size(),
      text("%zu modules of %s, %zu whole; %s, within %s", g_seen.modules.size(), what, whole,
           here ? "on the calling thread" : "on several threads", joined(within).c_str()));
}

Answer modules_of_blas(float* data) {
  void* blas = first_library({std::getenv("DETAUDIT_CUBLAS"), "libcublas.so.13", "libcublas.so",
                              "/usr/local/cuda/lib64/libcublas.so.13"});
  if (!blas) return {"skipped", "cuBLAS was not found"};
  int (*create)(void**) = nullptr;
  int (*product)(void*, int, int, int, int, int, const float*, const float*, int, const float*, int,
                 const float*, float*, int) = nullptr;
  find(blas, "cublasCreate_v2", create);
  find(blas, "cublasSgemm_v2", product);
  if (!create || !product) return {"skipped", "cuBLAS has no cublasSgemm_v2"};
  g_seen = {};
  void* handle = nullptr;
  const float one = 1, zero = 0;
  constexpr int kSide = 256;
  if (create(&handle) != 0 || product(handle, 0, 0, kSide, kSide, kSide, &one, data, kSide, data,
                                      kSide, &zero, data + kSide * kSide, kSide) != 0)
    return {"failed", "cuBLAS refused a product"};
  check(cudaDeviceSynchronize());
  return modules_of("cuBLAS");
}

struct Question {
  const char *name, *wanted;
  Answer (*ask)(float*);
};
constexpr Question kQuestions[] = {
    {"(a) launches at both ends of a launch", "each runs", launching_around},
    {"(b) the handle that <<<>>> gives", "its parameters known", handle_of_launches},
    {"(c, f) modules of cuBLAS, lazily loaded", "whole cubins", modules_of_blas},
    {"(d) launches added in capture", "run in each replay", captured_in_graphs},
    {"(d) memory asked for in a capture", "given, capture whole", memory_in_a_capture},
};

int run() {
  int devices = 0;
  const cudaError_t error = cudaGetDeviceCount(&devices);
  if (error != cudaSuccess || devices == 0) {
    std::printf("skipped: no GPU answers: %s\n", cudaGetErrorString(error));
    return 77;
  }
  if (const char* why = subscribe()) {
    std::printf("skipped: %s\n", why);
    return 77;
  }
  float* data;
  check(cudaMalloc(&data, size_t{1} << 20));
  check(cudaMemset(data, 0, size_t{1} << 20));
  check(cudaMalloc(&g_marks, sizeof(Count)));
  mark<<<1, 1>>>(g_marks);  // loaded ahead
  cudaFunction_t function;
  check(cudaGetFuncBySymbol(&function, reinterpret_cast<const void*>(mark)));
  g_mark = function;
  int failures = 0;
  for (const Question& question : kQuestions) {
    const Answer answer = question.ask(data);
    failures += std::strcmp(answer.status, "failed") == 0;
    std::printf("%s\t%s\t%s\t%s\n", question.name, question.wanted, answer.status,
                answer.found.c_str());
    std::fflush(stdout);
  }
  return failures > 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || std::strcmp(argv[1], "--list") != 0) return run();
  for (const Question& question : kQuestions)
    std::printf("%s\t%s\n", question.name, question.wanted);
  return 0;
}
