// Phrasings that the authors of the rules did not have in mind.
#include <cuda_runtime.h>
#include <curand.h>
#include <curand_kernel.h>
#include <cstring>
// slot through a struct
struct Queue {
  int* items;
  unsigned* tail;
  __device__ void push(int v) { items[atomicAdd(tail, 1u)] = v; }  // expect: DET208
};
__global__ void q1(Queue q, const int* x) {
  if (x[threadIdx.x] > 0) q.push(x[threadIdx.x]);
}
// warp aggregated
__global__ void q2(int* out, int* n, const int* x) {
  unsigned active = __activemask();
  int leader = __ffs(active) - 1, lane = threadIdx.x & 31;
  int base = 0;
  if (lane == leader) base = atomicAdd(n, __popc(active));  // expect: DET208
  base = __shfl_sync(active, base, leader);
  out[base + __popc(active & ((1u << lane) - 1))] = x[threadIdx.x];
}
// pointer arithmetic
__global__ void q3(float4* out, int* n, const float4* x) {
  float4* p = out + atomicInc((unsigned*)n, 0xffffffff);  // expect: DET208
  *p = x[threadIdx.x];
}
// work queue: silent
__global__ void q4(float* out, int* n, const float* x, int total) {
  for (int i; (i = atomicAdd(n, 1)) < total;) out[i] = 2 * x[i];
}
// counter only: silent
__global__ void q5(int* n, const int* x) {
  if (x[threadIdx.x]) atomicAdd(n, 1);
}
// last-block: silent
__global__ void q6(unsigned* done, float* out, const float* part) {
  __shared__ bool last;
  if (threadIdx.x == 0) last = atomicAdd(done, 1u) == gridDim.x - 1;
  __syncthreads();
  if (last) out[threadIdx.x] = part[threadIdx.x];
}
// cuRAND clock seed
__global__ void s1(curandState* st) { curand_init(clock64(), threadIdx.x, 0, st + threadIdx.x); }  // expect: DET211
__device__ unsigned long long now_ns() {
  unsigned long long t;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(t));
  return t;
}
__global__ void s2(curandState* st) { curand_init(now_ns(), threadIdx.x, 0, st + threadIdx.x); }  // expect: DET211
__global__ void s3(curandState* st, unsigned long long seed) {
  curand_init(seed, threadIdx.x, 0, st + threadIdx.x);
}
// timing: silent
__global__ void s4(long long* t, float* x) {
  long long a = clock64();
  x[threadIdx.x] *= 2;
  t[threadIdx.x] = clock64() - a;
}
// smid
__device__ unsigned sm() {
  unsigned r;
  asm("mov.u32 %0, %%smid;" : "=r"(r));
  return r;
}
__global__ void i1(float* out, const float* x) { out[sm()] = x[threadIdx.x]; }  // expect: DET270
__global__ void i2(unsigned* seed) { seed[threadIdx.x] = clock() ^ threadIdx.x; }  // expect: DET270
__global__ void i3(float* out, float* x) { out[(size_t)x / 64 % 32] = 1.f; }  // expect: DET270
__global__ void i4(float* out, float* x) {
  if ((size_t)x % 16 == 0) out[0] = 1;
}
// ordering
void o1() {
  curandGenerator_t g;
  curandCreateGenerator(&g, CURAND_RNG_PSEUDO_XORWOW);
  curandOrdering_t o = CURAND_ORDERING_PSEUDO_DYNAMIC;  // expect: DET213
  curandSetGeneratorOrdering(g, o);
}
void o2(curandGenerator_t g) { curandSetGeneratorOrdering(g, CURAND_ORDERING_PSEUDO_LEGACY); }
void o4(curandGenerator_t g) { curandSetPseudoRandomGeneratorSeed(g, time(nullptr)); }  // expect: DET211
// memory
__global__ void addk(float* t, const float* x) { atomicAdd(t, x[threadIdx.x]); }  // expect: DET201, replacement: sum/deterministic
template <class T>
T* alloc(size_t n) {
  T* p = nullptr;
  cudaMalloc(&p, n * sizeof(T));
  return p;
}
void m1(const float* x) {
  float* t = alloc<float>(1);
  addk<<<1, 32>>>(t, x);  // expect: DET240
}
void m2(const float* x) {
  float* t = alloc<float>(1);
  cudaMemsetAsync(t, 0, 4);
  addk<<<1, 32>>>(t, x);
}
struct Buf {
  float* d;
  Buf(size_t n) { cudaMalloc((void**)&d, n); }
};
void m3(const float* x) {
  Buf b(4);
  addk<<<1, 32>>>(b.d, x);  // expect: DET240
}
void m4(const float* x, float* h) {
  float* t;
  cudaMallocAsync(&t, 4, 0);
  addk<<<1, 32>>>(t, x);  // expect: DET240
  cudaMemcpy(h, t, 4, cudaMemcpyDeviceToHost);
}
void m5(const float* x, float* h) {
  float* t;
  cudaMallocManaged(&t, 4);
  *t = 0;
  addk<<<1, 32>>>(t, x);
}
