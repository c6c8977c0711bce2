#pragma once

#include <cuda.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace detaudit::instrument::cupti {

// One call of the CUDA driver API as a callback sees it. Valid during the callback only.
struct DriverCall {
  uint32_t id;             // CUPTI_DRIVER_TRACE_CBID_*
  const void* parameters;  // its generated_cuda_meta.h structure
  CUcontext context;       // current to the thread, or null
  CUresult result;         // at the call's end only
  const char* symbol;      // of launches: the kernel's (mangled) name, or null
};

// Code that was loaded. May come while the driver holds its locks: no driver call may be made.
struct ModuleImage {
  uint32_t module;
  std::span<const std::byte> cubin;
};

// Who is told. Called by the subject's threads, several at once; never throws.
class DriverObserver {
 public:
  virtual ~DriverObserver() = default;
  virtual void before(const DriverCall& call) noexcept = 0;
  virtual void after(const DriverCall& call) noexcept = 0;
  virtual void loaded(const ModuleImage& image) noexcept = 0;
  virtual void unloaded(uint32_t module) noexcept = 0;
};

// Where driver calls come from: CUPTI, or a fake. Only subscribed calls are told of.
class EventSource {
 public:
  virtual ~EventSource() = default;
  // Null when subscribed; else why not, in a form that follows "cannot observe the GPU: ".
  virtual const char* start(DriverObserver& observer, std::span<const uint32_t> calls) noexcept = 0;
  virtual void stop() noexcept = 0;
};

}  // namespace detaudit::instrument::cupti
