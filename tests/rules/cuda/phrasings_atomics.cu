#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cuda/atomic>
#include <cuda/std/atomic>
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <type_traits>

#define FORCEINLINE __device__ __forceinline__
#define DISPATCH(name, type, ...) name<type><<<64, 128>>>(__VA_ARGS__)

namespace ops {
template <typename T>
struct Add {
  FORCEINLINE void operator()(T* address, T value) const { ::atomicAdd(address, value); }  // expect: DET201
};
template <typename T>
struct Max {
  FORCEINLINE void operator()(T* address, T value) const { ::atomicMax(address, value); }
};
// Overloads that forward, as frameworks have them.
FORCEINLINE void gpuAtomicAdd(double* p, double v) { atomicAdd(p, v); }  // expect: DET201
FORCEINLINE void gpuAtomicAdd(int* p, int v) { atomicAdd(p, v); }
}  // namespace ops

template <typename T, template <typename> class Op>
__global__ void scatter(T* out, const int* index, const T* in, int n) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
    Op<T>()(out + index[i], in[i]);
  }
}

template <typename T>
__global__ void pool_backward(T* grad, const int* where, const T* in) {
  if constexpr (std::is_floating_point_v<T>) {
    ops::gpuAtomicAdd(&grad[where[threadIdx.x]], static_cast<double>(in[threadIdx.x]));
  } else {
    atomicAdd(&grad[where[threadIdx.x]], in[threadIdx.x]);
  }
}

__global__ void block_sum(const float* x, float* sums, int n) {
  __shared__ float total;
  extern __shared__ double cells[];
  if (threadIdx.x == 0) total = 0;
  __syncthreads();
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) atomicAdd(&total, x[i]);               // expect: DET201, replacement: sum/deterministic
  if (i < n) atomicAdd(cells + (i & 31), x[i]);     // expect: DET201
  __syncthreads();
  if (threadIdx.x == 0) sums[blockIdx.x] = total;
}

struct Particle {
  float3 force;
  unsigned hits;
};
__global__ void forces(Particle* p, const int2* pairs, const float3* f) {
  const auto [a, b] = pairs[blockIdx.x * blockDim.x + threadIdx.x];
  auto& force = p[a].force;
  atomicAdd(&force.x, f[b].x);           // expect: DET201
  (void)atomicAdd(&(p + b)->force.y, -f[b].y);  // expect: DET201
  atomicAdd(&p[a].hits, 1u);
  atomicInc(&p[b].hits, ~0u);
}

__global__ void halves(__nv_bfloat162* b, __half* h, const int* at) {
  unsafeAdd: atomicAdd(b + at[threadIdx.x], __float2bfloat162_rn(1.f));  // expect: DET201
  atomicAdd(h + at[threadIdx.x], __half(1.f));  // expect: DET201
  if (at[0] < 0) goto unsafeAdd;
}

// One thread, or one owner.
__global__ void last_block(float* total, const float* parts, unsigned* done) {
  if (threadIdx.x + blockIdx.x != 0) return;
  atomicAdd(total, parts[0]);
}
__global__ void owner(float* __restrict__ y, const float* x, float a, int n) {
  for (int i = blockDim.x * blockIdx.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) atomicAdd(y + i, a * x[i]);
}
__global__ void first_lane(float* total, float v) {
  if ((threadIdx.x & 31) == 0) atomicAdd(total, v);  // expect: DET201, replacement: sum/deterministic
}

template <class T>
using system_atomic = cuda::atomic_ref<T, cuda::thread_scope_system>;
__global__ void objects(float* f, int* i, cuda::std::atomic<double>* d) {
  system_atomic<float>{*f}.fetch_add(1.f, cuda::std::memory_order_relaxed);  // expect: DET204
  system_atomic<int>{*i}.fetch_add(1, cuda::std::memory_order_relaxed);
  d->fetch_sub(2.0);  // expect: DET204
  __shared__ cuda::atomic<float, cuda::thread_scope_block> total;
  total += *f;        // expect: DET204, replacement: sum/deterministic
}

namespace cgs = cooperative_groups;
template <class T>
__global__ void updates(cuda::atomic<T, cuda::thread_scope_device>* to, T value) {
  auto warp = cgs::tiled_partition<32>(cgs::this_thread_block());
  cgs::reduce_update_async(warp, *to, value, cgs::plus<T>{});  // expect: DET205, replacement: sum/deterministic
}
template <class T>
__global__ void updates_of_integers(cuda::atomic<T, cuda::thread_scope_device>* to, T value) {
  auto warp = cgs::tiled_partition<32>(cgs::this_thread_block());
  cgs::reduce_update_async(warp, *to, value, cgs::plus<T>{});
}
__global__ void updates_by_lambda(cuda::atomic<double>* to, cuda::atomic<float>* largest, double value) {
  auto group = cgs::coalesced_threads();
  cgs::reduce_update_async(group, *to, value, cgs::plus<double>());  // expect: DET205
  cgs::reduce_update_async(group, *largest, (float)value, cgs::greater<float>());
}

void launch(float* f, int* i, const int* at, const float3* f3, Particle* p, double* d,
            cuda::atomic<float, cuda::thread_scope_device>* cell, cuda::atomic<int, cuda::thread_scope_device>* whole) {
  scatter<float, ops::Add><<<32, 256>>>(f, at, f, 100);
  scatter<int, ops::Max><<<32, 256>>>(i, at, i, 100);
  DISPATCH(pool_backward, double, d, at, d);
  DISPATCH(pool_backward, int, i, at, i);
  updates<float><<<4, 32>>>(cell, 1.f);
  updates_of_integers<int><<<4, 32>>>(whole, 1);
}

// Through a pointer that is made once.
__global__ void by_pointer(float* out, const int* index, const float* x) {
  float* mine = &out[index[threadIdx.x]];
  atomicAdd(mine, x[threadIdx.x]);  // expect: DET201, replacement: scatter_add/deterministic
  float* one_of_two = out + threadIdx.x % 2;
  atomicAdd(one_of_two, x[threadIdx.x]);  // expect: DET201
}
