#pragma once

#include <atomic>
#include <cstdint>

#include "kernels/target.h"

namespace detaudit::kernels::cuda {

// What threads of any block may do to one place at once. Floats: the order of additions is the
// order of arrival. Integers: no order matters.
#ifdef __CUDACC__
// detaudit: allow(DET201) the atomic half of every pair of kernels
DETAUDIT_DEVICE void atomic_add(float* target, float value) { atomicAdd(target, value); }
DETAUDIT_DEVICE void atomic_add(int32_t* target, int32_t value) { atomicAdd(target, value); }
DETAUDIT_DEVICE void atomic_add(uint64_t* target, uint64_t value) {
  atomicAdd(reinterpret_cast<unsigned long long*>(target), value);
}
// Gives what was there before. What this thread wrote earlier is seen by whoever sees the sum.
DETAUDIT_DEVICE uint64_t atomic_take(uint64_t* target, uint64_t value) {
  __threadfence();
  const uint64_t before = atomicAdd(reinterpret_cast<unsigned long long*>(target), value);
  __threadfence();
  return before;
}
DETAUDIT_DEVICE uint64_t atomic_clear(uint64_t* target) {
  return atomicExch(reinterpret_cast<unsigned long long*>(target), 0ull);
}
// Whoever sees the value, on the host too, sees what this thread wrote before.
DETAUDIT_DEVICE void publish(uint64_t* target, uint64_t value) {
  __threadfence_system();
  *const_cast<volatile uint64_t*>(target) = value;
}
#else
// detaudit: allow(DET204) the atomic half of every pair of kernels, emulated
inline void atomic_add(float* target, float value) { std::atomic_ref(*target).fetch_add(value); }
inline void atomic_add(int32_t* target, int32_t value) {
  std::atomic_ref(*target).fetch_add(value);
}
inline void atomic_add(uint64_t* target, uint64_t value) {
  std::atomic_ref(*target).fetch_add(value);
}
inline uint64_t atomic_take(uint64_t* target, uint64_t value) {
  return std::atomic_ref(*target).fetch_add(value);
}
inline uint64_t atomic_clear(uint64_t* target) { return std::atomic_ref(*target).exchange(0); }
inline void publish(uint64_t* target, uint64_t value) {
  std::atomic_ref(*target).store(value, std::memory_order_release);
}
#endif

}  // namespace detaudit::kernels::cuda
