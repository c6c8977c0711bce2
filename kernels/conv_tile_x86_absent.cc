#include "kernels/conv_tile.h"

// Another architecture: the portable tiles are what there is.
namespace detaudit::kernels {

std::span<const ConvTiles> available_conv_tiles() { return {&kPortableConvTiles, 1}; }

}  // namespace detaudit::kernels
