#pragma once

#include <cstddef>
#include <span>

namespace detaudit::instrument {

inline constexpr const char* kCudnnLibrary = "libcudnn";

// What a convolution is asked for, as far as cuDNN says what its descriptors hold: types, shapes,
// strides and padding. Not known once it does not say of one of them.
class CudnnProblem {
 public:
  void add_tensor(void* descriptor);
  void add_filter(void* descriptor);
  void add_convolution(void* descriptor);
  // Empty when it is not known.
  std::span<const std::byte> bytes() const {
    return std::as_bytes(std::span(numbers_, known_ ? used_ : 0));
  }

 private:
  // Room for `count` more numbers, all 0; null when the problem is not known.
  int* room_for(unsigned count);
  bool known_ = true;
  unsigned used_ = 0;
  int numbers_[96] = {};
};

}  // namespace detaudit::instrument
