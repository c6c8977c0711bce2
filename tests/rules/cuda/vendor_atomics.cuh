// Wrappers of libraries that builds name by -isystem, as far as these tests go.
#pragma once
#pragma GCC system_header

template <typename T>
__device__ inline T gpuAtomicAdd(T* address, T value) {
  return atomicAdd(address, value);
}
namespace Kokkos {
template <typename T>
__device__ inline void atomic_add(T* address, T value) {
  atomicAdd(address, value);
}
template <typename T>
__device__ inline T atomic_fetch_max(T* address, T value) {
  return atomicMax(address, value);
}
}  // namespace Kokkos
