#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>

namespace detaudit::kernels::cuda {

// Kernels that divide indices do so in 32 bits, several times faster than in 64.
inline void require_small(std::initializer_list<size_t> elements) {
  if (std::max(elements) > UINT32_MAX)
    throw std::length_error("a tensor of a CUDA kernel has 2^32 elements or more");
}

}  // namespace detaudit::kernels::cuda
