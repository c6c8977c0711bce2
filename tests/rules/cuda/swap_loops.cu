#include <cuda_fp16.h>

__device__ double add_double(double* address, double value) {
  auto* bits = reinterpret_cast<unsigned long long*>(address);
  unsigned long long old = *bits, assumed;
  do {
    assumed = old;
    old = atomicCAS(bits, assumed,  // expect: DET202
                    __double_as_longlong(value + __longlong_as_double(assumed)));
  } while (assumed != old);
  return __longlong_as_double(old);
}

template <class Operation>
__device__ float update(float* address, float value, Operation operation) {
  int* bits = (int*)address;
  int old = *bits;
  while (true) {
    const int expected = old;
    const float next = operation(__int_as_float(expected), value);
    old = atomicCAS(bits, expected, __float_as_int(next));  // expect: DET202
    if (old == expected) break;
  }
  return __int_as_float(old);
}

struct Plus {
  __device__ float operator()(float a, float b) const { return a + b; }
};

__device__ void extremum(float* address, float value) {
  int* bits = (int*)address;
  int old = *bits, assumed;
  do {
    assumed = old;
    old = atomicCAS(bits, assumed, __float_as_int(fmaxf(value, __int_as_float(assumed))));
  } while (assumed != old);
}

__device__ void add_half(__half* address, __half value) {
  auto* bits = reinterpret_cast<unsigned short*>(address);
  unsigned short old = *bits, assumed;
  do {
    assumed = old;
    __half sum = __hadd(__ushort_as_half(assumed), value);
    old = atomicCAS(bits, assumed, __half_as_ushort(sum));  // expect: DET202
  } while (assumed != old);
}

__device__ void integers(unsigned* address, unsigned value) {
  unsigned old = *address, assumed;
  do {
    assumed = old;
    old = atomicCAS(address, assumed, assumed * 3 + value);
  } while (assumed != old);
}

// A new value is stored, whatever was there.
__device__ void exchange(int* bits, float a, float b) {
  int old = *bits, assumed;
  do {
    assumed = old;
    old = atomicCAS(bits, assumed, __float_as_int(a + b));
  } while (assumed != old);
}

__device__ void lock(int* mutex, float* total, float value) {
  while (atomicCAS(mutex, 0, 1) != 0) {
  }
  *total = value;
  atomicExch(mutex, 0);
}

__global__ void kernel(float* f, double* d, __half* h, unsigned* u, int* i) {
  add_double(d, 1.0);
  update(f, 1.0f, Plus());
  extremum(f, 2.0f);
  add_half(h, __half(1.0f));
  integers(u, 3);
  exchange(i, 1.0f, 2.0f);
  lock(i, f, 1.0f);
}

// What the catalogue has in their place: of sums of floats alone, and where it is plain what they
// are added to.
__global__ void one_sum(float* total, const float* x) {
  int* bits = (int*)total;
  int old = *bits, seen;
  do {
    seen = old;
    old = atomicCAS(bits, seen,  // expect: DET202, replacement: sum/deterministic
                    __float_as_int(__int_as_float(seen) + x[threadIdx.x]));
  } while (seen != old);
}
__global__ void many_sums(float* out, const int* index, const float* x) {
  int* bits = (int*)&out[index[threadIdx.x]];
  int old = *bits, seen;
  do {
    seen = old;
    old = atomicCAS(bits, seen,  // expect: DET202, replacement: scatter_add/deterministic
                    __float_as_int(__int_as_float(seen) + x[threadIdx.x]));
  } while (seen != old);
}
__global__ void a_product(float* total, const float* x) {
  int* bits = (int*)total;
  int old = *bits, seen;
  do {
    seen = old;
    old = atomicCAS(bits, seen,  // expect: DET202
                    __float_as_int(__int_as_float(seen) * x[threadIdx.x]));
  } while (seen != old);
}
__global__ void of_doubles(double* total, const double* x) {
  auto* bits = (unsigned long long*)total;
  unsigned long long old = *bits, seen;
  do {
    seen = old;
    old = atomicCAS(bits, seen,  // expect: DET202
                    __double_as_longlong(__longlong_as_double(seen) + x[threadIdx.x]));
  } while (seen != old);
}
