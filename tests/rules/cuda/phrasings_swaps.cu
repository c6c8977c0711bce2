#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstring>

template <typename To, typename From>
__device__ To cast(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  memcpy(&to, &from, sizeof to);
  return to;
}

template <typename T>
__device__ void add(T* address, T value) {
  unsigned int* cell = reinterpret_cast<unsigned int*>(address);
  unsigned int seen = *cell;
  for (;;) {
    const T sum = cast<T>(seen) + value;
    const unsigned int before = atomicCAS(cell, seen, cast<unsigned int>(sum));  // expect: DET202
    if (before == seen) return;
    seen = before;
  }
}

// The half of a word, as frameworks write it.
__device__ void add_bf16(__nv_bfloat16* address, __nv_bfloat16 value) {
  auto* word = reinterpret_cast<unsigned int*>(reinterpret_cast<char*>(address) -
                                               (reinterpret_cast<size_t>(address) & 2));
  unsigned int old = *word, assumed;
  const bool high = reinterpret_cast<size_t>(address) & 2;
  do {
    assumed = old;
    const unsigned short raw = high ? old >> 16 : old & 0xffff;
    const float sum = __bfloat162float(__ushort_as_bfloat16(raw)) + __bfloat162float(value);
    const unsigned int now = __bfloat16_as_ushort(__float2bfloat16(sum));
    old = high ? (old & 0xffff) | now << 16 : (old & 0xffff0000) | now;
    old = atomicCAS(word, assumed, old);  // expect: DET202
  } while (assumed != old);
}

union Bits {
  float f;
  int i;
};
__device__ float multiply(float* at, float by) {
  Bits old, next;
  old.f = *at;
  int seen;
  do {
    seen = old.i;
    next.f = old.f * by;
    old.i = atomicCAS((int*)at, seen, next.i);  // expect: DET202
  } while (seen != old.i);
  return old.f;
}

// No addition: extrema, flags, integers, locks.
__device__ float maximum(float* at, float value) {
  int old = __float_as_int(*at), assumed;
  do {
    assumed = old;
    const float now = __int_as_float(assumed);
    old = atomicCAS((int*)at, assumed, __float_as_int(now > value ? now : value));
  } while (old != assumed);
  return __int_as_float(old);
}
__device__ void insert(unsigned long long* table, unsigned long long key, int size) {
  for (int slot = key % size; atomicCAS(table + slot, ~0ull, key) != ~0ull; slot = (slot + 1) % size) {
  }
}
__device__ void saturate(unsigned* at, unsigned by) {
  unsigned old = *at, seen;
  do {
    seen = old;
    old = atomicCAS(at, seen, min(seen + by, 255u));
  } while (old != seen);
}

__global__ void kernel(float* f, __nv_bfloat16* b, unsigned long long* table, unsigned* u) {
  add(f, 1.f);
  add_bf16(b, *b);
  multiply(f, 2.f);
  maximum(f, 1.f);
  insert(table, 7, 64);
  saturate(u, 3);
}
