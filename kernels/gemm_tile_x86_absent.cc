// Architectures other than x86-64: the portable tile is all there is.
#include "kernels/gemm_tile.h"

namespace detaudit::kernels {

std::span<const GemmTile> available_gemm_tiles() {
  static constexpr GemmTile kTiles[] = {kPortableTile};
  return kTiles;
}

}  // namespace detaudit::kernels
