#pragma once

#include <detaudit/probe.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

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
  T* data = nullptr;
  size_t elements = 0;

  operator detaudit_buffer() const { return {name, data, elements, dtype_of(data)}; }
};

// Owns every tensor of a run, all made before the first step. Large ones come from mmap, page
// aligned; small ones from the heap, 64-byte aligned. All start as zeros.
// Throws std::bad_alloc.
class Arena {
 public:
  Arena() = default;
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  template <typename T>
  Tensor<T> tensor(std::string name, size_t elements) {
    names_.push_back(std::move(name));
    return {names_.back().c_str(), static_cast<T*>(allocate(elements * sizeof(T))), elements};
  }
  void* allocate(size_t bytes);

 private:
  struct Block {
    void* data;
    size_t mapped_bytes;  // 0: from the heap
  };
  std::vector<Block> blocks_;
  std::deque<std::string> names_;
};

}  // namespace detaudit::workload
