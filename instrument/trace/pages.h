#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace detaudit::instrument {

// A growing array of plain data on pages of its own. Zero-filled. Used where the subject's heap
// must stay as it would be without us. Never throws: growing can fail. Freed by release() only, so
// that it may live in static storage after exit.
template <typename T>
class PageArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  bool reserve(size_t elements) {
    if (elements <= capacity_) return true;
    size_t bytes = capacity_ ? capacity_ * sizeof(T) : size_t{4096};
    while (bytes < elements * sizeof(T)) bytes *= 2;
    void* pages =
        data_ ? mremap(data_, mapped_bytes_, bytes, MREMAP_MAYMOVE)
              : mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return false;
    data_ = static_cast<T*>(pages);
    mapped_bytes_ = bytes;
    capacity_ = bytes / sizeof(T);
    return true;
  }
  void release() {
    if (data_) munmap(data_, mapped_bytes_);
    data_ = nullptr;
    mapped_bytes_ = capacity_ = 0;
  }
  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t capacity() const { return capacity_; }
  T& operator[](size_t index) { return data_[index]; }
  const T& operator[](size_t index) const { return data_[index]; }

 private:
  T* data_ = nullptr;
  size_t mapped_bytes_ = 0;
  size_t capacity_ = 0;
};

}  // namespace detaudit::instrument
