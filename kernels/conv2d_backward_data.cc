#include <algorithm>

#include "kernels/atomic_add.h"
#include "kernels/conv2d.h"
#include "kernels/gemm.h"
#include "kernels/grid.h"
#include "kernels/im2col.h"
#include "kernels/private_merge_image.h"

namespace detaudit::kernels {
namespace {

size_t kernel_plane(const Conv2dShape& shape) { return shape.kernel_height * shape.kernel_width; }
size_t in_plane(const Conv2dShape& shape) { return shape.in_height * shape.in_width; }
size_t round_up(size_t elements) { return (elements + 15) / 16 * 16; }

// Deterministic: input channels of one image that a block owns, so that their columns fit in L2.
size_t channels_per_block(const Conv2dShape& shape) {
  constexpr size_t kColumnElements = 65536;
  size_t per_channel = kernel_plane(shape) * shape.out_plane();
  return std::clamp<size_t>(kColumnElements / per_channel, 1, shape.in_channels);
}

// Atomic: output rows of one image that a block scatters. Few enough that three blocks and more
// meet in an input row: of two, the sum would not depend on which came first.
size_t rows_per_scatter(const Conv2dShape& shape) {
  size_t reach = block_count(shape.kernel_height, shape.stride);
  return std::min(reach > 2 ? std::min<size_t>(reach - 2, 4) : 1, shape.out_height());
}

// Input rows that a band of output rows reads.
Range rows_read(const Conv2dShape& shape, size_t first, size_t last) {
  size_t begin = first * shape.stride, end = (last - 1) * shape.stride + shape.kernel_height;
  size_t limit = shape.in_height + shape.padding;
  begin = std::clamp(begin, shape.padding, limit) - shape.padding;
  end = std::clamp(end, shape.padding, limit) - shape.padding;
  return {begin, end};
}

size_t scatter_columns(const Conv2dShape& shape) {
  return round_up(shape.patch() * rows_per_scatter(shape) * shape.out_width());
}
size_t scatter_footprint(const Conv2dShape& shape) {
  size_t rows = (rows_per_scatter(shape) - 1) * shape.stride + shape.kernel_height;
  return round_up(shape.in_channels * std::min(rows, shape.in_height) * shape.in_width);
}
size_t gather_columns(const Conv2dShape& shape) {
  return round_up(channels_per_block(shape) * kernel_plane(shape) * shape.out_plane());
}

// columns = transposed weights of `channels` input channels times dy at output rows of one image.
void column_gradient(const Conv2dShape& shape, const float* weights, Range channels,
                     const float* dy, Range rows, float* columns) {
  size_t positions = (rows.end - rows.begin) * shape.out_width();
  gemm_block(Transpose::kYes, Transpose::kNo, (channels.end - channels.begin) * kernel_plane(shape),
             positions, shape.out_channels, weights + channels.begin * kernel_plane(shape),
             shape.patch(), dy + rows.begin * shape.out_width(), shape.out_plane(), columns,
             positions, GemmOutput::kOverwrite);
}

// One block of the atomic grid: the windows' footprint is summed privately, then given to
// emit(offset in the image, values, count) row by row.
template <class Emit>
void scatter_band(const Conv2dShape& shape, const float* weights, const float* dy, Range rows,
                  float* scratch, const Emit& emit) {
  column_gradient(shape, weights, {0, shape.in_channels}, dy, rows, scratch);
  auto [first, last] = rows_read(shape, rows.begin, rows.end);
  PlaneBand footprint{scratch + scatter_columns(shape), first, last};
  size_t elements = footprint.elements(shape.in_width);
  std::fill_n(footprint.data, shape.in_channels * elements, 0.0f);
  add_col2im(shape, scratch, shape.in_channels, rows.begin, rows.end, footprint);
  for (size_t c = 0; c < shape.in_channels; ++c) {
    emit(c * in_plane(shape) + first * shape.in_width, footprint.data + c * elements, elements);
  }
}

// emit(worker, offset in dx, values, count)
template <class Emit>
void scatter_all(Pool& pool, const Conv2dShape& shape, const float* weights, const float* dy,
                 float* workspace, const Emit& emit) {
  size_t scratch = scatter_columns(shape) + scatter_footprint(shape);
  size_t grain = rows_per_scatter(shape), bands = block_count(shape.out_height(), grain);
  launch_grid(pool, shape.batch * bands, [&](size_t block, unsigned worker) {
    size_t image = block / bands;
    auto [first, last] = block_range(block % bands, shape.out_height(), grain);
    scatter_band(
        shape, weights, dy + image * shape.out_channels * shape.out_plane(), {first, last},
        workspace + worker * scratch, [&](size_t offset, const float* values, size_t count) {
          emit(worker, image * shape.in_channels * in_plane(shape) + offset, values, count);
        });
  });
}

void backward_deterministic(Pool& pool, const Conv2dShape& shape, const float* weights,
                            const float* dy, float* dx, float* workspace) {
  size_t grain = channels_per_block(shape), groups = block_count(shape.in_channels, grain);
  launch_grid(pool, shape.batch * groups, [&](size_t block, unsigned worker) {
    size_t image = block / groups;
    Range channels = block_range(block % groups, shape.in_channels, grain);
    Range rows{0, shape.out_height()};
    float* columns = workspace + worker * gather_columns(shape);
    column_gradient(shape, weights, channels, dy + image * shape.out_channels * shape.out_plane(),
                    rows, columns);
    float* planes = dx + (image * shape.in_channels + channels.begin) * in_plane(shape);
    size_t count = channels.end - channels.begin;
    std::fill_n(planes, count * in_plane(shape), 0.0f);
    add_col2im(shape, columns, count, rows.begin, rows.end, {planes, 0, shape.in_height});
  });
}

}  // namespace

size_t conv2d_backward_data_workspace(const Conv2dShape& shape, unsigned threads) {
  return threads *
         std::max(gather_columns(shape), scatter_columns(shape) + scatter_footprint(shape));
}

void conv2d_backward_data(Pool& pool, Variant variant, const Conv2dShape& shape,
                          const float* weights, const float* dy, float* dx, float* workspace) {
  if (variant == Variant::kDeterministic) {
    backward_deterministic(pool, shape, weights, dy, dx, workspace);
    return;
  }
  size_t image_elements = shape.in_channels * in_plane(shape);
  launch_grid(pool, shape.batch, [&](size_t image, unsigned) {
    std::fill_n(dx + image * image_elements, image_elements, 0.0f);
  });
  scatter_all(pool, shape, weights, dy, workspace,
              [&](unsigned, size_t offset, const float* values, size_t count) {
                atomic_add(dx + offset, values, count);
              });
}

void conv2d_backward_data_private(Pool& pool, const Conv2dShape& shape, const float* weights,
                                  const float* dy, float* dx, float* workspace,
                                  PrivateCopies& copies) {
  copies.begin();
  scatter_all(pool, shape, weights, dy, workspace,
              [&](unsigned worker, size_t offset, const float* values, size_t count) {
                float* mine = copies.copy(worker) + offset;
                for (size_t i = 0; i < count; ++i) mine[i] += values[i];
              });
  copies.merge(pool, dx);
}

}  // namespace detaudit::kernels
