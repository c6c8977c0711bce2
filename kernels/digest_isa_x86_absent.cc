// Architectures other than x86-64: the portable loop is all there is.
#include "kernels/digest_lanes.h"

namespace detaudit::kernels {

std::span<const DigestIsa> available_digest_isas() {
  static constexpr DigestIsa kIsas[] = {DigestIsa::kPortable};
  return kIsas;
}

AccumulateStripes accumulate_of(DigestIsa) { return accumulate_portable; }

}  // namespace detaudit::kernels
