#include <algorithm>

#include "kernels/atomic_add.h"
#include "kernels/col2im.h"
#include "kernels/conv2d.h"
#include "kernels/conv_direct.h"
#include "kernels/gemm.h"
#include "kernels/grid.h"
#include "kernels/private_merge_image.h"

namespace detaudit::kernels {
namespace {

size_t kernel_plane(const Conv2dShape& shape) { return shape.kernel_height * shape.kernel_width; }
size_t in_plane(const Conv2dShape& shape) { return shape.in_height * shape.in_width; }

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
  return round_up(shape.patch() * rows_per_scatter(shape) * shape.out_width(), 16);
}
size_t scatter_footprint(const Conv2dShape& shape) {
  size_t rows = (rows_per_scatter(shape) - 1) * shape.stride + shape.kernel_height;
  return round_up(shape.in_channels * std::min(rows, shape.in_height) * shape.in_width, 16);
}
// columns = transposed weights times dy at output rows of one image.
void column_gradient(const Conv2dShape& shape, const float* weights, const float* dy, Range rows,
                     float* columns) {
  size_t positions = (rows.end - rows.begin) * shape.out_width();
  gemm_block(Transpose::kYes, Transpose::kNo, shape.patch(), positions, shape.out_channels, weights,
             shape.patch(), dy + rows.begin * shape.out_width(), shape.out_plane(), columns,
             positions, GemmOutput::kOverwrite);
}

// One block of the atomic grid: the windows' footprint is summed privately, then given to
// emit(offset in the image, values, count) row by row.
template <class Emit>
void scatter_band(const Conv2dShape& shape, const float* weights, const float* dy, Range rows,
                  float* scratch, const Emit& emit) {
  column_gradient(shape, weights, dy, rows, scratch);
  auto [first, last] = rows_read(shape, rows.begin, rows.end);
  PlaneBand footprint{scratch + scatter_columns(shape), first, last};
  size_t elements = footprint.elements(shape.in_width);
  std::fill_n(footprint.data, shape.in_channels * elements, 0.0f);
  add_col2im(shape, scratch, rows.begin, rows.end, footprint);
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

// Deterministic: dx is the convolution of dy, its elements stride apart and framed by zeros, with
// the weights turned around.
DirectConvolution gather_convolution(const Conv2dShape& shape) {
  FramedImage frame{shape.out_channels, shape.in_height + shape.kernel_height - 1,
                    shape.in_width + shape.kernel_width - 1, 1};
  return {frame, shape.in_channels, shape.out_channels * kernel_plane(shape), shape.in_height,
          shape.in_width};
}

// Where dy's elements o fall inside a frame of `size` elements, at o * stride + kernel - 1 -
// padding.
Range framed_outputs(size_t kernel, const Conv2dShape& shape, size_t size, size_t out_size) {
  size_t cut = shape.padding + 1 > kernel ? shape.padding + 1 - kernel : 0;
  size_t begin = block_count(cut, shape.stride);
  size_t limit = size + shape.padding + 1 - kernel;  // o * stride < limit
  return {begin, std::max(begin, std::min(out_size, block_count(limit, shape.stride)))};
}

void frame_gradient(const Conv2dShape& shape, const float* dy, float* framed) {
  FramedImage frame = gather_convolution(shape).image;
  std::fill_n(framed, frame.elements(), 0.0f);
  Range rows = framed_outputs(shape.kernel_height, shape, frame.height, shape.out_height());
  Range columns = framed_outputs(shape.kernel_width, shape, frame.width, shape.out_width());
  for (size_t c = 0; c < shape.out_channels; ++c) {
    for (size_t h = rows.begin; h < rows.end; ++h) {
      const float* from = dy + (c * shape.out_height() + h) * shape.out_width();
      size_t row = h * shape.stride + shape.kernel_height - 1 - shape.padding;
      float* to = framed + frame.offset(c, row, 0);
      for (size_t w = columns.begin; w < columns.end; ++w) {
        to[w * shape.stride + shape.kernel_width - 1 - shape.padding] = from[w];
      }
    }
  }
}

void backward_deterministic(Pool& pool, const Conv2dShape& shape, const float* weights,
                            const float* dy, float* dx, float* workspace) {
  DirectConvolution convolution = gather_convolution(shape);
  DirectPlan plan(convolution, workspace);
  size_t step = 0;
  for (size_t o = 0; o < shape.out_channels; ++o) {
    for (size_t tap = kernel_plane(shape); tap-- > 0; ++step) {
      size_t turned = kernel_plane(shape) - 1 - tap;
      plan.offsets()[step] = static_cast<uint32_t>(
          convolution.image.offset(o, turned / shape.kernel_width, turned % shape.kernel_width));
      for (size_t c = 0; c < shape.in_channels; ++c) {
        plan.weight(c, step) = weights[o * shape.patch() + c * kernel_plane(shape) + tap];
      }
    }
  }
  plan.run(
      pool, shape.batch,
      [&](size_t image, float* framed) {
        frame_gradient(shape, dy + image * shape.out_channels * shape.out_plane(), framed);
      },
      dx);
}

}  // namespace

size_t conv2d_backward_data_workspace(const Conv2dShape& shape, unsigned threads) {
  return std::max(gather_convolution(shape).workspace(threads),
                  threads * (scatter_columns(shape) + scatter_footprint(shape)));
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
