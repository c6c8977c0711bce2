#include "vendor_atomics.cuh"

template <typename scalar_t>
__global__ void scatter(scalar_t* out, const int* index, const scalar_t* in) {
  gpuAtomicAdd(&out[index[threadIdx.x]], in[threadIdx.x]);  // expect: DET201, replacement: scatter_add/deterministic
}
template <typename scalar_t>
__global__ void count(scalar_t* out, const int* index) {
  gpuAtomicAdd(&out[index[threadIdx.x]], scalar_t(1));
}
__global__ void with_kokkos(double* sum, int* hits, const double* x) {
  using namespace Kokkos;
  atomic_add(sum, x[threadIdx.x]);  // expect: DET201
  atomic_add(hits, 1);
  atomic_fetch_max(hits, 3);
}
void launch(float* f, int* i, const int* at) {
  scatter<float><<<2, 64>>>(f, at, f);
  count<int><<<2, 64>>>(i, at);
}
