#include "instrument/libc/vector_registers.h"

namespace detaudit::instrument {

#if defined(__x86_64__)
namespace {

// All are the caller's to save, so none is named as overwritten.
[[gnu::noinline, gnu::target("avx")]] void clear_avx() { asm volatile("vzeroall"); }

[[gnu::noinline, gnu::target("avx512f")]] void clear_avx512() {
#define DETAUDIT_CLEAR(n) "vpxorq %%zmm" #n ", %%zmm" #n ", %%zmm" #n "\n\t"
  asm volatile(DETAUDIT_CLEAR(16) DETAUDIT_CLEAR(17) DETAUDIT_CLEAR(18) DETAUDIT_CLEAR(19)
                   DETAUDIT_CLEAR(20) DETAUDIT_CLEAR(21) DETAUDIT_CLEAR(22) DETAUDIT_CLEAR(23)
                       DETAUDIT_CLEAR(24) DETAUDIT_CLEAR(25) DETAUDIT_CLEAR(26) DETAUDIT_CLEAR(27)
                           DETAUDIT_CLEAR(28) DETAUDIT_CLEAR(29) DETAUDIT_CLEAR(30)
                               DETAUDIT_CLEAR(31)::);
#undef DETAUDIT_CLEAR
}

[[gnu::noinline]] void clear_sse() {
  asm volatile(
      "pxor %xmm0, %xmm0\n\tpxor %xmm1, %xmm1\n\tpxor %xmm2, %xmm2\n\tpxor %xmm3, %xmm3\n\t"
      "pxor %xmm4, %xmm4\n\tpxor %xmm5, %xmm5\n\tpxor %xmm6, %xmm6\n\tpxor %xmm7, %xmm7\n\t"
      "pxor %xmm8, %xmm8\n\tpxor %xmm9, %xmm9\n\tpxor %xmm10, %xmm10\n\tpxor %xmm11, %xmm11\n\t"
      "pxor %xmm12, %xmm12\n\tpxor %xmm13, %xmm13\n\tpxor %xmm14, %xmm14\n\tpxor %xmm15, %xmm15");
}

}  // namespace

void clear_vector_registers() {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx")) return clear_sse();
  if (__builtin_cpu_supports("avx512f")) clear_avx512();
  clear_avx();
}
#else
void clear_vector_registers() {}
#endif

}  // namespace detaudit::instrument
