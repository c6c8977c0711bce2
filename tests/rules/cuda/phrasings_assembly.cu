namespace ptx {
template <typename T>
__device__ void red(T* p, T v);
template <>
__device__ void red<float>(float* p, float v) {
  asm("red.relaxed.gpu.global.add.f32 [%0], %1;" : : "l"(__cvta_generic_to_global(p)), "f"(v) : "memory");  // expect: DET203
}
template <>
__device__ void red<unsigned>(unsigned* p, unsigned v) {
  asm("red.relaxed.gpu.global.add.u32 [%0], %1;" : : "l"(p), "r"(v) : "memory");
}
}  // namespace ptx

#define VECTOR_RED(width) "red.global.v" #width ".f32.add"
__global__ void kernel(float* f, unsigned* u, float4 v, unsigned h) {
  ptx::red(f, 1.f);
  ptx::red(u, 1u);
  __asm__ __volatile__("red.global.v4.f32.add [%0], {%1,%2,%3,%4};"  // expect: DET203
                       ::"l"(f), "f"(v.x), "f"(v.y), "f"(v.z), "f"(v.w));
  asm volatile(VECTOR_RED(2) " [%0], {%1,%1};" ::"l"(f), "f"(v.x));  // expect: DET203
  asm volatile(/* // expect: DET203 */ R"({
    .reg .f16x2 old;
    atom.shared.add.noftz.f16x2 old, [%0], %1;
  })" ::"l"(f), "r"(h));
  asm volatile("@%%p0 bra DONE;\n\tred.async.relaxed.cluster.global.add.f64 [%0], %1;\nDONE:\n" ::"l"(f), "d"(1.0));  // expect: DET203

  asm volatile("red.global.or.b32 [%0], %1;" ::"l"(u), "r"(h));
  asm volatile("fma.rn.f32 %0, %1, %1, %1;" : "=f"(v.x) : "f"(v.y));
  asm volatile("ld.global.f32 %0, [%1]; add.f32 %0, %0, %0;" : "=f"(v.x) : "l"(f));
  asm volatile("/* red.global.add.f32 */ atom.global.exch.b32 %0, [%1], %0;" : "+r"(h) : "l"(u));
}

__global__ void where(float* out, const int* index, float value) {
  asm volatile(  // expect: DET203, replacement: scatter_add/deterministic
      "red.global.add.f32 [%0], %1;" ::"l"(out + index[threadIdx.x]), "f"(value));
  asm volatile(  // expect: DET203
      "red.global.add.v2.f32 [%0], {%1, %1};" ::"l"(out), "f"(value));
}
