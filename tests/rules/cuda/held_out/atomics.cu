// Phrasings that the authors of the rules did not have in mind.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>
#include <type_traits>
// typedef chain through a traits class
struct Policy {
  using accum_t = double;
  using index_t = unsigned long long;
};
template <class P>
struct Sink {
  typename P::accum_t* acc;
  typename P::index_t* n;
  __device__ void push(typename P::accum_t v) { atomicAdd(acc, v); }  // expect: DET201
  __device__ void count() { atomicAdd(n, 1ULL); }
};
__global__ void use_sink(Sink<Policy> s, const float* x) {
  s.push(x[threadIdx.x]);
  s.count();
}
// macro with token pasting
#define RED(suffix, ptr, v) atomic##suffix(ptr, v)
__global__ void pasted(float* out, int* cnt, float v) {
  RED(Add, &out[threadIdx.x % 3], v);  // expect: DET201
  RED(Add, &cnt[threadIdx.x % 3], 1);
  RED(Max, cnt, 3);
}
// device lambda
__global__ void by_lambda(float* out, const float* x) {
  auto put = [=](int i, float v) { atomicAdd(out + i, v); };  // expect: DET201
  put(threadIdx.x & 7, x[threadIdx.x]);
}
// generic lambda for int: silent
__global__ void by_generic_int(int* out) {
  auto put = [](auto* p, auto v) { atomicAdd(p, v); };
  put(out, 1);
}
__global__ void by_generic_float(float* out) {
  auto put = [](auto* p, auto v) { atomicAdd(p, v); };  // expect: DET201
  put(out, 1.5f);
}
// nested namespace + inline namespace + using declaration
namespace deep {
inline namespace v1 {
namespace ops {
template <typename T>
__device__ __forceinline__ void accumulate(T* p, T v) {
  atomicAdd(p, v);  // expect: DET201
}
}  // namespace ops
}  // namespace v1
}  // namespace deep
using deep::ops::accumulate;
__global__ void nested_float(float* o) { accumulate(o, 1.0f + threadIdx.x); }
__global__ void nested_int(int* o) { accumulate(o, 1); }
// if constexpr
template <class T>
__device__ void pick(T* p, T v) {
  if constexpr (std::is_floating_point_v<T>) {
    *p = v;
  } else {
    atomicAdd(p, v);
  }
}
__global__ void use_pick(float* f, int* i) {
  pick(f, 1.f);
  pick(i, 1);
}
// half2, bf16
__global__ void halves(__half2* h, __nv_bfloat16* b, __half2 v, __nv_bfloat16 w) {
  atomicAdd(h, v);  // expect: DET201
  atomicAdd(b, w);  // expect: DET201
}
// system-scope, block scope
__global__ void scopes(float* g, double* d) {
  atomicAdd_system(g, 1.f * threadIdx.x);  // expect: DET201, replacement: sum/deterministic
  atomicAdd_block(d, 1.0 * threadIdx.x);  // expect: DET201
}
// float atomicExch/Max look-alike: silent
__global__ void exch(float* g, int* d) {
  atomicExch(g, 1.f);
  atomicMax(d, __float_as_int(fabsf(1.f * threadIdx.x)));
}
// own function named atomicAdd that is not atomic (overload in a namespace)
namespace fake {
__device__ void atomicAdd(float& a, float b) { a += b; }
}  // namespace fake
__global__ void uses_fake(float* o) {
  float t = 0;
  fake::atomicAdd(t, 2.f);
  o[threadIdx.x] = t;
}
// shared memory
__global__ void shared_sum(const float* x, float* out) {
  __shared__ float s;
  if (threadIdx.x == 0) s = 0;
  __syncthreads();
  atomicAdd(&s, x[threadIdx.x]);  // expect: DET201, replacement: sum/deterministic
  __syncthreads();
  if (threadIdx.x == 0) out[blockIdx.x] = s;
}
// negative addition
__global__ void minus(float* o, float v) { atomicAdd(o, -v * threadIdx.x); }  // expect: DET201, replacement: sum/deterministic
// CRTP
template <class D>
struct Base {
  __device__ void run(float* p) { static_cast<D*>(this)->op(p); }
};
struct Adder : Base<Adder> {
  __device__ void op(float* p) { atomicAdd(p, 0.1f * threadIdx.x); }  // expect: DET201
};
struct Setter : Base<Setter> {
  __device__ void op(float* p) { p[threadIdx.x] = 1; }
};
__global__ void crtp(float* p) {
  Adder a;
  a.run(p);
  Setter s;
  s.run(p);
}
// operator overload
struct Ref {
  float* p;
  __device__ Ref& operator+=(float v) {
    atomicAdd(p, v);  // expect: DET201
    return *this;
  }
};
__global__ void ops(float* p, const float* x) {
  Ref r{p + threadIdx.x % 2};
  r += x[threadIdx.x];
}
// only thread 0 of the only block: silent
__global__ void single(float* p, float v) {
  if (threadIdx.x + blockIdx.x * blockDim.x == 0) atomicAdd(p, v);
}
// each own index (owner): silent?  out[i] unique
__global__ void own(float* p, const float* x, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) atomicAdd(&p[i], x[i]);
}
