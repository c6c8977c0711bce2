// x86-64: which of the loops this CPU can run.
#include "kernels/digest_lanes.h"
#include "kernels/digest_x86.h"

namespace detaudit::kernels {

std::span<const DigestIsa> available_digest_isas() {
  static constexpr DigestIsa kIsas[] = {DigestIsa::kPortable, DigestIsa::kAvx2, DigestIsa::kAvx512};
  __builtin_cpu_init();
  const size_t count = !__builtin_cpu_supports("avx2")      ? 1
                       : !__builtin_cpu_supports("avx512f") ? 2
                                                            : 3;
  return {kIsas, count};
}

AccumulateStripes accumulate_of(DigestIsa isa) {
  switch (isa) {
    case DigestIsa::kAvx512:
      return accumulate_avx512;
    case DigestIsa::kAvx2:
      return accumulate_avx2;
    case DigestIsa::kPortable:
      break;
  }
  return accumulate_portable;
}

}  // namespace detaudit::kernels
