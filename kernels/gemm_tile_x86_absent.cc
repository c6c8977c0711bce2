// Architectures other than x86-64: the portable tile is all there is.
#include "kernels/gemm_tile.h"

namespace detaudit::kernels {

std::span<const GemmTile> available_gemm_tiles() { return {&portable_tile(), 1}; }

}  // namespace detaudit::kernels
