// Phrasings that the authors of the rules did not have in mind.
#include <cuda_fp16.h>
#include <cuda_runtime.h>
#include <cstdint>
// memcpy bit-cast helper
template <class To, class From>
__device__ To bits_as(From f) {
  To t;
  memcpy(&t, &f, sizeof t);
  return t;
}
__device__ void add_by_memcpy(float* p, float v) {
  unsigned* u = reinterpret_cast<unsigned*>(p);
  unsigned old = *u, seen;
  do {
    seen = old;
    old = atomicCAS(u, seen, bits_as<unsigned>(bits_as<float>(seen) + v));  // expect: DET202
  } while (seen != old);
}
__global__ void k1(float* p) { add_by_memcpy(p, 1.f * threadIdx.x); }
// union
union Bits {
  double d;
  unsigned long long u;
};
__global__ void k2(unsigned long long* p, double v) {
  Bits now, next;
  now.u = *p;
  while (true) {
    next.d = now.d + v;
    unsigned long long was = atomicCAS(p, now.u, next.u);  // expect: DET202
    if (was == now.u) break;
    now.u = was;
  }
}
// multiply
__global__ void k3(float* p, float v) {
  int* a = (int*)p;
  int old = *a, assumed;
  for (;;) {
    assumed = old;
    float f = __int_as_float(assumed);
    f *= v;
    old = atomicCAS(a, assumed, __float_as_int(f));  // expect: DET202
    if (old == assumed) return;
  }
}
// max: silent
__global__ void k4(float* p, float v) {
  int* a = (int*)p;
  int old = *a, assumed;
  do {
    assumed = old;
    old = atomicCAS(a, assumed, __float_as_int(fmaxf(v, __int_as_float(assumed))));
  } while (assumed != old);
}
// integer increment wrap: silent
__global__ void k5(unsigned* a) {
  unsigned old = *a, assumed;
  do {
    assumed = old;
    old = atomicCAS(a, assumed, assumed >= 10 ? 0 : assumed + 1);
  } while (old != assumed);
}
// lock: silent
__global__ void k6(int* lock, int* x) {
  while (atomicCAS(lock, 0, 1) != 0) {
  }
  *x += 1;
  atomicExch(lock, 0);
}
// half via unsigned short CAS
__global__ void k7(__half* p, __half v) {
  unsigned short* a = (unsigned short*)p;
  unsigned short old = *a, assumed;
  do {
    assumed = old;
    old = atomicCAS(a, assumed, __half_as_ushort(__hadd(v, __ushort_as_half(assumed))));  // expect: DET202
  } while (assumed != old);
}
// template operator functor
struct Plus {
  __device__ float operator()(float a, float b) const { return a + b; }
};
struct Max {
  __device__ float operator()(float a, float b) const { return a > b ? a : b; }
};
template <class F>
__device__ void apply(float* p, float v, F f) {
  int* a = (int*)p;
  int old = *a, assumed;
  do {
    assumed = old;
    old = atomicCAS(a, assumed, __float_as_int(f(__int_as_float(assumed), v)));  // expect: DET202
  } while (assumed != old);
}
__global__ void k8(float* p) { apply(p, 1.f * threadIdx.x, Plus()); }
template <class F>
__device__ void apply2(float* p, float v, F f) {
  int* a = (int*)p;
  int old = *a, assumed;
  do {
    assumed = old;
    old = atomicCAS(a, assumed, __float_as_int(f(__int_as_float(assumed), v)));
  } while (assumed != old);
}
__global__ void k9(float* p) { apply2(p, 1.f * threadIdx.x, Max()); }
// asm
#define PTX_RED                \
  "red.relaxed.gpu.global.add" \
  ".f32 [%0], %1;"
__global__ void a1(float* p, float v) { asm volatile(PTX_RED ::"l"(p), "f"(v) : "memory"); }  // expect: DET203, replacement: sum/deterministic
__global__ void a2(float* p, float v) {
  float r;
  asm("{ .reg .pred q; \n\t atom.global.add.f32 %0, [%1], %2; }" : "=f"(r) : "l"(p), "f"(v));  // expect: DET203, replacement: sum/deterministic
  p[5] = r;
}
__global__ void a3(int* p, int v) { asm volatile("red.global.add.s32 [%0], %1;" ::"l"(p), "r"(v)); }
__global__ void a4(float* p, float v) {
  asm volatile("// red.global.add.f32\n st.global.f32 [%0], %1;" ::"l"(p), "f"(v));
}
__global__ void a5(float4* p, float4 v) {
  asm volatile("red.global.add.v4.f32 [%0], {%1,%2,%3,%4};" ::"l"(p), "f"(v.x), "f"(v.y), "f"(v.z),  // expect: DET203
               "f"(v.w));
}
__global__ void a6(unsigned* p, unsigned v) {
  asm volatile("red.global.add.noftz.f16x2 [%0], %1;" ::"l"(p), "r"(v));  // expect: DET203
}
__global__ void a7(float* p, float v) {
  asm volatile("red.global.max.s32 [%0], %1;" ::"l"(p), "r"(__float_as_int(v)));
}
__global__ void a8(uint64_t dst, unsigned src, unsigned n) {
  asm volatile(  // expect: DET203
      "cp.reduce.async.bulk.global.shared::cta.bulk_group.add.f32 [%0], [%1], %2;" ::"l"(dst),
      "r"(src), "r"(n)
      : "memory");
}
__global__ void a9(float* p, float v) {
  asm volatile("multimem.red.global.add.f32 [%0], %1;" ::"l"(p), "f"(v));  // expect: DET203
}
