#define RED(kind) "red.global.add." kind " [%0], %1;"
#define QUOTED(text) #text

__global__ void kernel(float* f, double* d, int* i, unsigned v, float x) {
  asm volatile("red.global.add.f32 [%0], %1;" ::"l"(f), "f"(x));  // expect: DET203, replacement: sum/deterministic
  asm volatile("{ red.relaxed.gpu.global.add.f64 [%0], %1; }" ::"l"(d), "d"(1.0));  // expect: DET203
  asm volatile(RED("f32")::"l"(f), "f"(x));  // expect: DET203, replacement: sum/deterministic
  asm volatile(RED("s32")::"l"(i), "r"(1));
  float old;
  asm volatile(  // expect: DET203, replacement: sum/deterministic
      "atom.global.gpu.add.f32 "
      "%0, [%1], %2;"
      : "=f"(old)
      : "l"(f), "f"(x));
  asm volatile("red.global.add.noftz.bf16x2 [%0], %1;" ::"l"(f), "r"(v));  // expect: DET203
  asm volatile("red.global.add.noftz.f16x2 [%0], %1;" ::"l"(f), "r"(v));   // expect: DET203
  asm volatile("red.global.add.v2.f32 [%0], {%1, %1};" ::"l"(f), "f"(x));  // expect: DET203
  asm volatile("multimem.red.relaxed.sys.global.add.f32 [%0], %1;" ::"l"(f), "f"(x));  // expect: DET203
  asm volatile("cp.reduce.async.bulk.global.shared::cta.bulk_group.add.f32 [%0], [%1], %2;"  // expect: DET203
               ::"l"(f), "r"(v), "r"(16));
  asm volatile(  // expect: DET203
      "cp.reduce.async.bulk.tensor.2d.global.shared::cta.add.bulk_group [%0, {%2, %3}], [%1];" ::"l"(f),
      "r"(v), "r"(0), "r"(0));

  asm volatile("red.global.add.u32 [%0], %1;" ::"l"(i), "r"(1));
  asm volatile("red.global.max.f32 [%0], %1;" ::"l"(f), "f"(x));
  asm volatile("add.f32 %0, %1, %1;" : "=f"(old) : "f"(x));
  asm volatile("cp.reduce.async.bulk.global.shared::cta.bulk_group.min.f16 [%0], [%1], %2;" ::"l"(f), "r"(v),
               "r"(16));
  asm volatile("// red.global.add of nothing\n");
}
