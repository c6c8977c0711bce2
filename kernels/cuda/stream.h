#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>

namespace detaudit::kernels::cuda {

// A call of the CUDA runtime that failed, by its name, with what CUDA says of it.
class CudaError : public std::runtime_error {
 public:
  CudaError(const std::string& call, const std::string& reason)
      : std::runtime_error(call + ": " + reason), call_(call), reason_(reason) {}
  const std::string& call() const { return call_; }
  const std::string& reason() const { return reason_; }

 private:
  std::string call_, reason_;
};

// One device's stream: kernels and copies run in the order in which they were given. Owns the
// stream and its scratch memory. One thread at a time. What fails throws CudaError, at the latest
// in synchronize(). Where kernels are emulated, device memory is the host's.
class Stream {
 public:
  Stream();  // on the current device
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  std::string device_name() const;

  // Device memory, 256-byte aligned, zeros. Outlives the stream unless released.
  void* allocate(size_t bytes);
  void release(void* memory);
  // Host memory that a kernel can write to.
  void* allocate_pinned(size_t bytes);
  void release_pinned(void* memory);

  // Both return when the copy is done.
  void upload(void* device, const void* host, size_t bytes);
  void download(void* host, const void* device, size_t bytes);

  // Memory for one operation: the next call may give the same.
  void* scratch(size_t bytes);
  float* scratch_floats(size_t count) {
    return static_cast<float*>(scratch(count * sizeof(float)));
  }

  void synchronize();

  void* handle() const;  // the cudaStream_t

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Null when a device answers; else what is missing, as CUDA says it.
std::unique_ptr<CudaError> missing_device();

}  // namespace detaudit::kernels::cuda
