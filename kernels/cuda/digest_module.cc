#include "kernels/cuda/digest_module.h"

// As the driver wants it: bin2c's own way to align needs a header that the toolkit lacks.
extern "C" const unsigned char detaudit_digest_fatbin[] __attribute__((aligned(16)));
#include "digest_fatbin.inc"

namespace detaudit::kernels::cuda {

std::span<const unsigned char> digest_module() {
  return {detaudit_digest_fatbin, sizeof detaudit_digest_fatbin};
}

}  // namespace detaudit::kernels::cuda
