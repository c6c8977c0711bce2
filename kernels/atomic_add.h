#pragma once

#include <atomic>
#include <cstddef>

namespace detaudit::kernels {

// What the atomic versions do to shared outputs: the order of additions is the order of arrival.
inline void atomic_add(float& target, float value) {
  // detaudit: allow(DET204) the atomic half of every pair of kernels
  std::atomic_ref<float>(target).fetch_add(value, std::memory_order_relaxed);
}
inline void atomic_add(float* target, const float* values, size_t n) {
  for (size_t i = 0; i < n; ++i) atomic_add(target[i], values[i]);
}

}  // namespace detaudit::kernels
