#include <curand_kernel.h>

#include <cstdint>

__device__ __forceinline__ unsigned warp_of_sm() {
  unsigned id;
  asm volatile("mov.u32 %0, %%warpid;" : "=r"(id));
  return id;
}
__device__ uint64_t now() {
  uint64_t t;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(t));
  return t;
}
struct Noise {
  uint32_t state;
  __device__ explicit Noise(uint64_t seed) : state(static_cast<uint32_t>(seed)) {}
  __device__ float next() {
    state = state * 1664525u + 1013904223u;
    return state * 2.3283064365386963e-10f;
  }
};
__global__ void per_sm(float* sums, const float* x) {
  sums[warp_of_sm() & 7] += x[threadIdx.x];  // expect: DET270
}
__global__ void dither(float* out, const float* x) {
  Noise noise(now() + threadIdx.x);
  out[threadIdx.x] = x[threadIdx.x] + noise.next();  // expect: DET270
}
__global__ void hashed(float* table, const float* x) {
  const auto key = reinterpret_cast<uintptr_t>(x) >> 3;
  table[key % 97] = x[threadIdx.x];  // expect: DET270
}
// Where it ran and how long it took, for a profile; a lane's number is the problem's.
__global__ void profile(unsigned* where, uint64_t* took, float* x) {
  unsigned sm;
  asm volatile("mov.u32 %0, %%smid;" : "=r"(sm));
  const uint64_t begin = now();
  x[threadIdx.x] *= 2;
  where[blockIdx.x] = sm;
  took[blockIdx.x] = now() - begin;
  unsigned lane;
  asm volatile("mov.u32 %0, %%laneid;" : "=r"(lane));
  x[lane] += 1;
}
__global__ void waits(volatile int* flag) {
  const long long begin = clock64();
  while (!*flag && clock64() - begin < 1000000) {
  }
}

__device__ unsigned long long nanoseconds() {
  unsigned long long time;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(time));
  return time;
}
__global__ void seeded(curandState* states, unsigned long long seed) {
  curand_init(nanoseconds(), threadIdx.x, 0, states + threadIdx.x);  // expect: DET211
  curand_init(seed, threadIdx.x, 0, states + threadIdx.x);
}
