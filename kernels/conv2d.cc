#include "kernels/conv2d.h"

#include <algorithm>

#include "kernels/gemm.h"
#include "kernels/grid.h"
#include "kernels/im2col.h"

namespace detaudit::kernels {
namespace {

// Output rows of one image that a block computes: bits do not depend on it.
size_t rows_per_block(const Conv2dShape& shape) {
  constexpr size_t kPositions = 512;
  return std::clamp<size_t>(kPositions / shape.out_width(), 1, shape.out_height());
}

size_t columns_elements(const Conv2dShape& shape) {
  return (shape.patch() * rows_per_block(shape) * shape.out_width() + 15) / 16 * 16;
}

}  // namespace

size_t conv2d_forward_workspace(const Conv2dShape& shape, unsigned threads) {
  return threads * columns_elements(shape);
}

void conv2d_forward(Pool& pool, const Conv2dShape& shape, const float* x, const float* weights,
                    const float* bias, float* y, float* workspace) {
  size_t image_elements = shape.in_channels * shape.in_height * shape.in_width;
  size_t grain = rows_per_block(shape), bands = block_count(shape.out_height(), grain);
  launch_grid(pool, shape.batch * bands, [&](size_t block, unsigned worker) {
    size_t image = block / bands;
    auto [first, last] = block_range(block % bands, shape.out_height(), grain);
    float* columns = workspace + worker * columns_elements(shape);
    im2col(shape, x + image * image_elements, first, last, columns);
    size_t positions = (last - first) * shape.out_width();
    float* out = y + image * shape.out_channels * shape.out_plane() + first * shape.out_width();
    for (size_t c = 0; bias != nullptr && c < shape.out_channels; ++c) {
      std::fill_n(out + c * shape.out_plane(), positions, bias[c]);
    }
    gemm_block(Transpose::kNo, Transpose::kNo, shape.out_channels, positions, shape.patch(),
               weights, shape.patch(), columns, positions, out, shape.out_plane(),
               bias == nullptr ? GemmOutput::kOverwrite : GemmOutput::kAccumulate);
  });
}

}  // namespace detaudit::kernels
