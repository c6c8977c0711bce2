#pragma once

#include <detaudit/probe.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "auditor/workload/executor.h"

namespace detaudit::workload {

inline detaudit_dtype dtype_of(const float*) { return DETAUDIT_F32; }
inline detaudit_dtype dtype_of(const double*) { return DETAUDIT_F64; }
inline detaudit_dtype dtype_of(const int32_t*) { return DETAUDIT_I32; }
inline detaudit_dtype dtype_of(const int64_t*) { return DETAUDIT_I64; }
inline detaudit_dtype dtype_of(const uint8_t*) { return DETAUDIT_U8; }

// A named array in an arena; a view, valid as long as the arena is. Converts to what the probe API
// calls a buffer.
template <typename T>
struct Tensor {
  const char* name = "";
  T* data = nullptr;  // where the operations run
  size_t elements = 0;
  T* host = nullptr;  // the same on the CPU; on a GPU a copy, or null for those that have none

  operator detaudit_buffer() const { return {name, data, elements, dtype_of(data)}; }
};

// What staged tensors have on the host, to where the operations run, and back. On a stream both
// wait; on a pool there is nothing to do.
template <typename T>
void upload(kernels::Pool&, const Tensor<T>&) {}
template <typename T>
void download(kernels::Pool&, const Tensor<T>&) {}
template <typename T>
void upload(kernels::cuda::Stream& stream, const Tensor<T>& tensor) {
  stream.upload(tensor.data, tensor.host, tensor.elements * sizeof(T));
}
template <typename T>
void download(kernels::cuda::Stream& stream, const Tensor<T>& tensor) {
  stream.download(tensor.host, tensor.data, tensor.elements * sizeof(T));
}

// The same outside of an operation.
template <typename T>
void upload(Executor& executor, const Tensor<T>& tensor) {
  if (executor.stream()) upload(*executor.stream(), tensor);
}

// Owns every tensor of a run, all made before the first step. On the host large ones come from
// mmap, page aligned, in huge pages as NumPy's do: whoever reads megabytes of them, kernel or
// digest, else waits for translations of addresses. Small ones come from the heap, 64-byte aligned.
// All start as zeros. Throws std::bad_alloc, and what the executor throws.
class Arena {
 public:
  explicit Arena(Executor& executor) : executor_(executor) {}
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Where the operations run.
  template <typename T>
  Tensor<T> tensor(std::string name, size_t elements) {
    if (!executor_.stream()) return host_tensor<T>(std::move(name), elements);
    return {keep(std::move(name)),
            static_cast<T*>(executor_.allocate_on_device(elements * sizeof(T))), elements, nullptr};
  }
  // There, and with a copy on the host, for what one side writes and the other reads.
  template <typename T>
  Tensor<T> staged_tensor(std::string name, size_t elements) {
    Tensor<T> made = tensor<T>(std::move(name), elements);
    if (!made.host) made.host = static_cast<T*>(allocate(elements * sizeof(T)));
    return made;
  }
  // On the host alone.
  template <typename T>
  Tensor<T> host_tensor(std::string name, size_t elements) {
    T* data = static_cast<T*>(allocate(elements * sizeof(T)));
    return {keep(std::move(name)), data, elements, data};
  }
  void* allocate(size_t bytes);  // on the host

 private:
  struct Region {
    void* data;
    size_t bytes;
  };
  void* allocate_pages(size_t bytes);
  void map_region(size_t bytes);
  const char* keep(std::string name) { return names_.emplace_back(std::move(name)).c_str(); }

  Executor& executor_;
  std::vector<Region> regions_;
  char* next_ = nullptr;  // in the newest region
  size_t left_ = 0;
  std::vector<void*> blocks_;
  std::deque<std::string> names_;
};

}  // namespace detaudit::workload
