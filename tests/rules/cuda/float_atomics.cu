#include <cuda_bf16.h>
#include <cuda_fp16.h>

typedef float real;
using Accumulator = double;
#define ADD(pointer, value) atomicAdd(pointer, value)
#define INTO(pointer) pointer

__device__ void accumulate(float* total, float value) {
  atomicAdd(total, value);  // expect: DET201
}

template <class T>
__device__ T bump(T* place, T value) {
  return atomicAdd(place, value);  // expect: DET201
}

template <class T>
__device__ void never_with_floats(T* place, T value) {
  atomicAdd(place, value);
}

template <class T>
struct Bin {
  T* place;
  __device__ void add(T value) { atomicAdd(place, value); }  // expect: DET201
};

template <class T>
struct Counter {
  T* place;
  __device__ void add(T value) { atomicAdd(place, value); }
};

__global__ void plain(float* f, double* d, __half* h, __half2* h2, __nv_bfloat16* b, float2* f2) {
  atomicAdd(f, 1.0f);                       // expect: DET201, replacement: sum/deterministic
  atomicAdd(d, 1.0);                        // expect: DET201
  atomicAdd(h, __float2half(1.0f));         // expect: DET201
  atomicAdd(h2, __float2half2_rn(1.0f));    // expect: DET201
  atomicAdd(b, __float2bfloat16(1.0f));     // expect: DET201
  atomicAdd(f2, make_float2(1.0f, 2.0f));   // expect: DET201
  atomicAdd_block(f, 1.0f);                 // expect: DET201, replacement: sum/deterministic
  atomicAdd_system(d, 1.0);                 // expect: DET201
}

__global__ void through_names(real* r, Accumulator* a, const int* bin) {
  ADD(r, 1.0f);                             // expect: DET201, replacement: sum/deterministic
  atomicAdd(INTO(a), 1.0);                  // expect: DET201
  atomicAdd(&r[bin[threadIdx.x]],           // expect: DET201, replacement: scatter_add/deterministic
            1.0f);
  auto* reference = a + 1;
  atomicAdd(reference, 2.0);                // expect: DET201
  auto add = [&](float value) {
    atomicAdd(r, value);                    // expect: DET201, replacement: sum/deterministic
  };
  add(1.0f);
}

__global__ void integers(int* i, unsigned* u, unsigned long long* l, float* f) {
  atomicAdd(i, 1);
  atomicAdd(u, 1u);
  atomicAdd(l, 1ull);
  atomicSub(i, 1);
  ADD(u, static_cast<unsigned>(f[0]));
  atomicMax(i, 1);
  atomicExch(f, 1.0f);
  never_with_floats(i, 1);
}

__global__ void instantiates(float* f, int* i, Bin<float> floats, Counter<int> counter) {
  bump(i, 1);
  bump(f, 1.0f);
  floats.add(1.0f);
  counter.add(1);
  accumulate(f, 1.0f);
}

// One thread of the whole grid adds.
__global__ void single(float* total, float value) {
  if (blockIdx.x == 0 && threadIdx.x == 0) atomicAdd(total, value);
  const int thread = blockIdx.x * blockDim.x + threadIdx.x;
  if (thread == 0) {
    atomicAdd(total, value);
  }
  if (!thread) atomicAdd(total, value);
  if (threadIdx.x == 0) atomicAdd(total, value);  // expect: DET201, replacement: sum/deterministic
  if (thread == 0) {
  } else {
    atomicAdd(total, value);  // expect: DET201, replacement: sum/deterministic
  }
}

// Every thread adds to an element of its own.
__global__ void own(float* out, const int* map, float value) {
  const int i = threadIdx.x + blockIdx.x * blockDim.x;
  atomicAdd(&out[i], value);
  atomicAdd(out + i, value);
  atomicAdd(&out[map[i]], value);  // expect: DET201, replacement: scatter_add/deterministic
  atomicAdd(&out[threadIdx.x], value);  // expect: DET201
}

__global__ void launched_alone(float* total, float value) { atomicAdd(total, value); }
__global__ void launched_widely(float* total, float value) {
  atomicAdd(total, value);  // expect: DET201, replacement: sum/deterministic
}
void launch(float* total, int n) {
  launched_alone<<<1, 1>>>(total, 1.0f);
  launched_widely<<<1, 1>>>(total, 1.0f);
  launched_widely<<<n, 1>>>(total, 1.0f);
}
