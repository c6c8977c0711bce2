#include "tests/subjects/gpu/soft_cuda.h"

#include <cuda.h>
#include <cupti.h>
#include <dlfcn.h>
#include <elf.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "instrument/cupti/call_structures.h"
#include "kernels/cuda/digest_launch.h"
#include "kernels/digest.h"

namespace {

using detaudit::kernels::cuda::DigestLaunch;

constexpr uint32_t kLaterWork = CUPTI_DRIVER_TRACE_CBID_SIZE;
constexpr uint32_t kLaterQuestion = kLaterWork + 1;

struct Kernel {
  std::string name;
  soft_kernel run = nullptr;  // null: the digest kernel
  std::vector<size_t> sizes, offsets;
  size_t bytes = 0;
};

// Work in order, by a thread of its own.
class Stream {
 public:
  Stream() : thread_([this] { work(); }) { thread_.detach(); }
  void push(std::function<void()> piece) {
    std::lock_guard lock(lock_);
    queue_.push_back(std::move(piece));
    ++submitted_;
    changed_.notify_all();
  }
  // The thread ends when all is done, and the stream with it.
  void end() {
    std::lock_guard lock(lock_);
    ended_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(lock_);
    const uint64_t until = submitted_;
    changed_.wait(lock, [&] { return finished_ >= until; });
  }

 private:
  void work() {
    std::unique_lock lock(lock_);
    for (;;) {
      changed_.wait(lock, [&] { return !queue_.empty() || ended_; });
      if (queue_.empty()) break;
      auto piece = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      piece();
      lock.lock();
      ++finished_;
      changed_.notify_all();
    }
    lock.unlock();
    delete this;
  }
  std::mutex lock_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  uint64_t submitted_ = 0, finished_ = 0;
  bool ended_ = false;
  std::thread thread_;
};

size_t memory_limit() {
  const char* text = std::getenv("SOFT_CUDA_MEMORY");
  return text ? std::strtoull(text, nullptr, 10) : SIZE_MAX;
}

struct Driver {
  std::mutex lock;
  std::map<std::string, Kernel> kernels;
  std::map<CUdeviceptr, size_t> memory;
  size_t memory_left = memory_limit();
  std::atomic<bool> broken{false};
  std::set<Stream*> streams;
  Stream* first = new Stream;  // the default stream; never ends
  CUpti_CallbackFunc callback = nullptr;
  std::set<CUpti_CallbackId> subscribed;
};
Driver& driver() {
  static Driver* made = new Driver;  // streams outlive main
  return *made;
}

CUcontext context() { return reinterpret_cast<CUcontext>(&driver()); }

Stream& stream_of(CUstream handle) {
  return handle == nullptr || handle == CU_STREAM_LEGACY ? *driver().first
                                                         : *reinterpret_cast<Stream*>(handle);
}

// One call, told to who subscribed.
template <typename Act>
CUresult told(CUpti_CallbackId id, const char* name, const void* parameters, const char* symbol,
              const Act& act) {
  Driver& d = driver();
  CUpti_CallbackData data{};
  data.functionName = name;
  data.functionParams = parameters;
  data.symbolName = symbol;
  data.context = context();
  const bool tell = d.callback && d.subscribed.contains(id);
  data.callbackSite = CUPTI_API_ENTER;
  if (tell) d.callback(nullptr, CUPTI_CB_DOMAIN_DRIVER_API, id, &data);
  CUresult result = d.broken ? CUDA_ERROR_ILLEGAL_ADDRESS : act();
  data.callbackSite = CUPTI_API_EXIT;
  data.functionReturnValue = &result;
  if (tell) d.callback(nullptr, CUPTI_CB_DOMAIN_DRIVER_API, id, &data);
  return result;
}
#define TOLD(call, parameters, symbol, act) \
  told(CUPTI_DRIVER_TRACE_CBID_##call, #call, parameters, symbol, act)

void digest(const DigestLaunch& launch) {
  for (uint32_t i = 0; i < launch.count; ++i) {
    const auto digest =
        detaudit::kernels::digest(launch.buffers[i].data, launch.buffers[i].bytes);
    const uint64_t number =
        launch.next_slot ? std::atomic_ref<uint64_t>(*launch.next_slot).fetch_add(1) : 0;
    auto& slot = launch.slots[launch.next_slot ? number & launch.slot_mask : i];
    slot.low = digest.low;
    slot.high = digest.high;
    slot.buffer = number << detaudit::kernels::cuda::kDigestBufferBits | i;
    std::atomic_ref<uint64_t>(slot.ticket).store(launch.ticket, std::memory_order_release);
  }
}

CUresult launch(const Kernel& kernel, unsigned blocks, CUstream stream, void** pointers) {
  std::vector<unsigned char> bytes(kernel.bytes);
  for (size_t i = 0; i < kernel.sizes.size(); ++i)
    std::memcpy(bytes.data() + kernel.offsets[i], pointers[i], kernel.sizes[i]);
  stream_of(stream).push([&kernel, blocks, bytes] {
    if (kernel.run)
      kernel.run(bytes.data(), blocks);
    else
      digest(*reinterpret_cast<const DigestLaunch*>(bytes.data()));
  });
  return CUDA_SUCCESS;
}

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT void soft_define_kernel(const char* name, soft_kernel run, const size_t* sizes,
                               size_t count) {
  Kernel kernel{name, run, {sizes, sizes + count}, {}, 0};
  for (size_t size : kernel.sizes) {
    kernel.bytes = (kernel.bytes + size - 1) / size * size;
    kernel.offsets.push_back(kernel.bytes);
    kernel.bytes += size;
  }
  driver().kernels[name] = kernel;
}

EXPORT void soft_call_later_driver() {
  for (uint32_t id : {kLaterWork, kLaterQuestion})
    told(id, "of a later driver", nullptr, nullptr, [] { return CUDA_SUCCESS; });
}

EXPORT void soft_break_device() { driver().broken = true; }

EXPORT CUresult cuInit(unsigned) {
  Kernel digests{detaudit::kernels::cuda::kDigestKernel, nullptr, {sizeof(DigestLaunch)}, {0},
                 sizeof(DigestLaunch)};
  driver().kernels[digests.name] = digests;
  if (const char* path = std::getenv("CUDA_INJECTION64_PATH")) {
    void* library = dlopen(path, RTLD_NOW);
    auto start = library ? reinterpret_cast<int (*)()>(dlsym(library, "InitializeInjection")) : nullptr;
    if (start) start();
  }
  return CUDA_SUCCESS;
}
EXPORT CUresult cuDriverGetVersion(int* version) {
  *version = 13000;
  return CUDA_SUCCESS;
}
EXPORT CUresult cuDeviceGetName(char* name, int length, CUdevice) {
  std::strncpy(name, "Software GPU", static_cast<size_t>(length));
  return CUDA_SUCCESS;
}
EXPORT CUresult cuCtxGetCurrent(CUcontext* current) {
  *current = context();
  return CUDA_SUCCESS;
}
EXPORT CUresult cuCtxGetDevice(CUdevice* device) {
  *device = 0;
  return CUDA_SUCCESS;
}
EXPORT CUresult cuCtxPushCurrent_v2(CUcontext) { return CUDA_SUCCESS; }
EXPORT CUresult cuCtxPopCurrent_v2(CUcontext* popped) { return cuCtxGetCurrent(popped); }
EXPORT CUresult cuDevicePrimaryCtxGetState(CUdevice, unsigned* flags, int* active) {
  *flags = 0;
  *active = 1;
  return CUDA_SUCCESS;
}
EXPORT CUresult cuDevicePrimaryCtxRetain(CUcontext* retained, CUdevice) {
  *retained = context();
  return CUDA_SUCCESS;
}
EXPORT CUresult cuDevicePrimaryCtxRelease_v2(CUdevice) { return CUDA_SUCCESS; }
EXPORT CUresult cuFuncGetName(const char** name, CUfunction function) {
  *name = reinterpret_cast<Kernel*>(function)->name.c_str();
  return CUDA_SUCCESS;
}
EXPORT CUresult cuKernelGetName(const char**, CUkernel) { return CUDA_ERROR_INVALID_HANDLE; }
EXPORT CUresult cuPointerGetAttribute(void*, CUpointer_attribute, CUdeviceptr) {
  return CUDA_ERROR_INVALID_VALUE;
}
EXPORT CUresult cuCtxSynchronize() {
  return TOLD(cuCtxSynchronize, nullptr, nullptr, [] {
    driver().first->wait();
    for (Stream* stream : driver().streams) stream->wait();
    return CUDA_SUCCESS;
  });
}
EXPORT CUresult cuModuleLoadData(CUmodule* module, const void* image) {
  Driver& d = driver();
  if (std::memcmp(image, "\177ELF", 4) == 0 && d.callback) {
    const auto& header = *static_cast<const Elf64_Ehdr*>(image);
    CUpti_ModuleResourceData loaded{};
    loaded.moduleId = 1;
    // Section headers, or program headers behind them, end a cubin.
    loaded.cubinSize = std::max(header.e_shoff + size_t{header.e_shentsize} * header.e_shnum,
                                header.e_phoff + size_t{header.e_phentsize} * header.e_phnum);
    loaded.pCubin = static_cast<const char*>(image);
    CUpti_ResourceData resource{};
    resource.context = context();
    resource.resourceDescriptor = &loaded;
    d.callback(nullptr, CUPTI_CB_DOMAIN_RESOURCE, CUPTI_CBID_RESOURCE_MODULE_LOADED, &resource);
  }
  *module = reinterpret_cast<CUmodule>(&driver());
  return CUDA_SUCCESS;
}
EXPORT CUresult cuModuleGetFunction(CUfunction* function, CUmodule, const char* name) {
  auto found = driver().kernels.find(name);
  if (found == driver().kernels.end()) return CUDA_ERROR_NOT_FOUND;
  *function = reinterpret_cast<CUfunction>(&found->second);
  return CUDA_SUCCESS;
}
#ifndef SOFT_CUDA_OLD
EXPORT CUresult cuFuncLoad(CUfunction) { return CUDA_SUCCESS; }
#endif
EXPORT CUresult cuFuncGetParamInfo(CUfunction function, size_t index, size_t* offset, size_t* size) {
  const auto& kernel = *reinterpret_cast<Kernel*>(function);
  if (index >= kernel.sizes.size()) return CUDA_ERROR_INVALID_VALUE;
  *offset = kernel.offsets[index];
  *size = kernel.sizes[index];
  return CUDA_SUCCESS;
}
EXPORT CUresult cuKernelGetParamInfo(CUkernel, size_t, size_t*, size_t*) {
  return CUDA_ERROR_INVALID_HANDLE;
}
EXPORT CUresult cuMemAlloc_v2(CUdeviceptr* address, size_t bytes) {
  cuMemAlloc_v2_params p{address, bytes};
  return TOLD(cuMemAlloc_v2, &p, nullptr, [&] {
    std::lock_guard lock(driver().lock);
    if (bytes > driver().memory_left) return CUDA_ERROR_OUT_OF_MEMORY;
    driver().memory_left -= bytes;
    *address = reinterpret_cast<CUdeviceptr>(std::aligned_alloc(512, (bytes + 511) / 512 * 512));
    std::memset(reinterpret_cast<void*>(*address), 0, bytes);
    driver().memory[*address] = bytes;
    return CUDA_SUCCESS;
  });
}
EXPORT CUresult cuMemFree_v2(CUdeviceptr address) {
  cuMemFree_v2_params p{address};
  return TOLD(cuMemFree_v2, &p, nullptr, [&] {
    for (Stream* stream : driver().streams) stream->wait();
    driver().first->wait();
    {
      std::lock_guard lock(driver().lock);
      driver().memory_left += driver().memory[address];
      driver().memory.erase(address);
    }
    std::free(reinterpret_cast<void*>(address));
    return CUDA_SUCCESS;
  });
}
EXPORT CUresult cuMemGetAddressRange_v2(CUdeviceptr*, size_t*, CUdeviceptr) {
  return CUDA_ERROR_NOT_FOUND;
}
EXPORT CUresult cuMemHostRegister_v2(void*, size_t, unsigned) { return CUDA_SUCCESS; }
EXPORT CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr* address, void* memory, unsigned) {
  *address = reinterpret_cast<CUdeviceptr>(memory);
  return CUDA_SUCCESS;
}
EXPORT CUresult cuMemsetD8_v2(CUdeviceptr address, unsigned char value, size_t bytes) {
  cuMemsetD8_v2_params p{address, value, bytes};
  return TOLD(cuMemsetD8_v2, &p, nullptr, [&] {
    stream_of(nullptr).push([=] { std::memset(reinterpret_cast<void*>(address), value, bytes); });
    return CUDA_SUCCESS;
  });
}
EXPORT CUresult cuMemsetD8Async(CUdeviceptr address, unsigned char value, size_t bytes,
                                CUstream stream) {
  cuMemsetD8Async_params p{address, value, bytes, stream};
  return TOLD(cuMemsetD8Async, &p, nullptr, [&] {
    stream_of(stream).push([=] { std::memset(reinterpret_cast<void*>(address), value, bytes); });
    return CUDA_SUCCESS;
  });
}
EXPORT CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t bytes) {
  cuMemcpyHtoD_v2_params p{to, from, bytes};
  return TOLD(cuMemcpyHtoD_v2, &p, nullptr, [&] {
    stream_of(nullptr).push([=] { std::memcpy(reinterpret_cast<void*>(to), from, bytes); });
    stream_of(nullptr).wait();
    return CUDA_SUCCESS;
  });
}
EXPORT CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes) {
  cuMemcpyDtoH_v2_params p{to, from, bytes};
  return TOLD(cuMemcpyDtoH_v2, &p, nullptr, [&] {
    stream_of(nullptr).push([=] { std::memcpy(to, reinterpret_cast<const void*>(from), bytes); });
    stream_of(nullptr).wait();
    return CUDA_SUCCESS;
  });
}
EXPORT CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  cuMemcpyDtoD_v2_params p{to, from, bytes};
  return TOLD(cuMemcpyDtoD_v2, &p, nullptr, [&] {
    stream_of(nullptr).push([=] {
      std::memmove(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), bytes);
    });
    return CUDA_SUCCESS;
  });
}
EXPORT CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes,
                                     CUstream stream) {
  cuMemcpyDtoDAsync_v2_params p{to, from, bytes, stream};
  return TOLD(cuMemcpyDtoDAsync_v2, &p, nullptr, [&] {
    stream_of(stream).push([=] {
      std::memmove(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), bytes);
    });
    return CUDA_SUCCESS;
  });
}
EXPORT CUresult cuLaunchKernel(CUfunction function, unsigned x, unsigned y, unsigned z, unsigned bx,
                               unsigned by, unsigned bz, unsigned shared, CUstream stream,
                               void** pointers, void** extra) {
  const auto& kernel = *reinterpret_cast<Kernel*>(function);
  cuLaunchKernel_params p{function, x, y, z, bx, by, bz, shared, stream, pointers, extra};
  return TOLD(cuLaunchKernel, &p, kernel.name.c_str(),
              [&] { return launch(kernel, x * y * z, stream, pointers); });
}
EXPORT CUresult cuStreamCreate(CUstream* stream, unsigned) {
  auto* made = new Stream;
  driver().streams.insert(made);
  *stream = reinterpret_cast<CUstream>(made);
  return CUDA_SUCCESS;
}
EXPORT CUresult cuStreamDestroy_v2(CUstream stream) {
  cuStreamDestroy_v2_params p{stream};
  return TOLD(cuStreamDestroy_v2, &p, nullptr, [&] {
    auto* ended = reinterpret_cast<Stream*>(stream);
    driver().streams.erase(ended);
    ended->end();
    return CUDA_SUCCESS;
  });
}
// The context and all that was in it; the next call has a new one of the same handle.
EXPORT CUresult cuDevicePrimaryCtxReset_v2(CUdevice device) {
  cuDevicePrimaryCtxReset_v2_params p{device};
  return TOLD(cuDevicePrimaryCtxReset_v2, &p, nullptr, [&] {
    Driver& d = driver();
    d.first->wait();
    for (Stream* stream : d.streams) {
      stream->wait();
      stream->end();
    }
    d.streams.clear();
    std::lock_guard lock(d.lock);
    for (const auto& [address, bytes] : d.memory) {
      d.memory_left += bytes;
      std::free(reinterpret_cast<void*>(address));
    }
    d.memory.clear();
    return CUDA_SUCCESS;
  });
}
EXPORT CUresult cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode*) { return CUDA_SUCCESS; }
EXPORT CUresult cuStreamGetFlags(CUstream, unsigned* flags) {
  *flags = CU_STREAM_NON_BLOCKING;  // every stream runs by itself
  return CUDA_SUCCESS;
}
EXPORT CUresult cuStreamGetCaptureInfo_v3(CUstream, CUstreamCaptureStatus* status, cuuint64_t*,
                                          CUgraph*, const CUgraphNode**, const CUgraphEdgeData**,
                                          size_t*) {
  *status = CU_STREAM_CAPTURE_STATUS_NONE;
  return CUDA_SUCCESS;
}
EXPORT CUresult cuStreamSynchronize(CUstream stream) {
  cuStreamSynchronize_params p{stream};
  return TOLD(cuStreamSynchronize, &p, nullptr, [&] {
    stream_of(stream).wait();
    return CUDA_SUCCESS;
  });
}
namespace {
struct Event {
  std::mutex lock;
  std::condition_variable changed;
  uint64_t recorded = 0, reached = 0;
};
}  // namespace
EXPORT CUresult cuEventCreate(CUevent* event, unsigned) {
  *event = reinterpret_cast<CUevent>(new Event);
  return CUDA_SUCCESS;
}
EXPORT CUresult cuEventDestroy_v2(CUevent) { return CUDA_SUCCESS; }  // others may wait for it yet
EXPORT CUresult cuEventQuery(CUevent handle) {
  auto& event = *reinterpret_cast<Event*>(handle);
  std::lock_guard lock(event.lock);
  return event.reached >= event.recorded ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
}
EXPORT CUresult cuEventRecord(CUevent handle, CUstream stream) {
  cuEventRecord_params p{handle, stream};
  return TOLD(cuEventRecord, &p, nullptr, [&] {
    auto& event = *reinterpret_cast<Event*>(handle);
    const uint64_t number = ++event.recorded;
    stream_of(stream).push([&event, number] {
      std::lock_guard lock(event.lock);
      event.reached = number;
      event.changed.notify_all();
    });
    return CUDA_SUCCESS;
  });
}
EXPORT CUresult cuStreamWaitEvent(CUstream stream, CUevent handle, unsigned flags) {
  cuStreamWaitEvent_params p{stream, handle, flags};
  return TOLD(cuStreamWaitEvent, &p, nullptr, [&] {
    auto& event = *reinterpret_cast<Event*>(handle);
    const uint64_t number = event.recorded;
    stream_of(stream).push([&event, number] {
      std::unique_lock lock(event.lock);
      event.changed.wait(lock, [&] { return event.reached >= number; });
    });
    return CUDA_SUCCESS;
  });
}
EXPORT CUresult cuGraphGetNodes(CUgraph, CUgraphNode*, size_t*) { return CUDA_ERROR_NOT_SUPPORTED; }
EXPORT CUresult cuGraphNodeGetType(CUgraphNode, CUgraphNodeType*) {
  return CUDA_ERROR_NOT_SUPPORTED;
}
EXPORT CUresult cuGraphKernelNodeGetParams_v2(CUgraphNode, CUDA_KERNEL_NODE_PARAMS*) {
  return CUDA_ERROR_NOT_SUPPORTED;
}

// CUPTI's part.
EXPORT CUptiResult cuptiSubscribe_v2(CUpti_SubscriberHandle* subscriber, CUpti_CallbackFunc callback,
                                     void*, CUpti_SubscriberParams* parameters) {
  if (const char* rival = std::getenv("SOFT_CUDA_RIVAL")) {
    std::strncpy(parameters->oldSubscriberName, rival, parameters->oldSubscriberSize - 1);
    return CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED;
  }
  if (std::getenv("SOFT_CUDA_NEW_CUPTI")) return CUPTI_ERROR_NOT_COMPATIBLE;
  driver().callback = callback;
  *subscriber = reinterpret_cast<CUpti_SubscriberHandle>(&driver());
  return CUPTI_SUCCESS;
}
EXPORT CUptiResult cuptiEnableCallback(uint32_t enable, CUpti_SubscriberHandle,
                                       CUpti_CallbackDomain domain, CUpti_CallbackId id) {
  if (std::getenv("SOFT_CUDA_OLD_CUPTI") && id > 700) return CUPTI_ERROR_INVALID_PARAMETER;
  if (enable && domain == CUPTI_CB_DOMAIN_DRIVER_API) driver().subscribed.insert(id);
  return CUPTI_SUCCESS;
}
EXPORT CUptiResult cuptiGetVersion(uint32_t* version) {
  *version = std::getenv("SOFT_CUDA_NEW_CUPTI") ? 130200 : 130000;
  return CUPTI_SUCCESS;
}
// It knows two calls more than the headers.
EXPORT CUptiResult cuptiGetCallbackName(CUpti_CallbackDomain, uint32_t id, const char** name) {
  *name = id == kLaterWork ? "cuLaterWork" : id == kLaterQuestion ? "cuLaterGetSomething" : nullptr;
  return *name ? CUPTI_SUCCESS : CUPTI_ERROR_INVALID_PARAMETER;
}
EXPORT CUptiResult cuptiUnsubscribe(CUpti_SubscriberHandle) {
  driver().callback = nullptr;
  return CUPTI_SUCCESS;
}
EXPORT CUptiResult cuptiGetResultString(CUptiResult, const char** text) {
  *text = "an error of the software driver";
  return CUPTI_SUCCESS;
}
