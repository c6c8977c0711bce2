#include "kernels/cpu.h"

namespace detaudit::kernels {

#if defined(__x86_64__)

bool cpu_supported() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

const char* required_cpu() { return "a CPU with AVX2 and FMA (x86-64-v3, 2013 or later)"; }

#else

bool cpu_supported() { return true; }

const char* required_cpu() { return "any CPU of this architecture"; }

#endif

}  // namespace detaudit::kernels
