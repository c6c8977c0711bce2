#include <algorithm>

#include "kernels/atomic_add.h"
#include "kernels/conv2d.h"
#include "kernels/conv_direct.h"
#include "kernels/math.h"
#include "kernels/private_merge_image.h"

namespace detaudit::kernels {
namespace {

// Images are taken in chunks that depend on the batch alone: at most 16, of 4 images and more.
size_t images_per_chunk(const Conv2dShape& shape) {
  return std::max<size_t>(4, block_count(shape.batch, 16));
}
size_t chunk_count(const Conv2dShape& shape) {
  return block_count(shape.batch, images_per_chunk(shape));
}

// A chunk's product is [patch][out_channels], both padded for the tiles.
size_t product_rows(const Conv2dShape& shape) { return round_up(shape.patch(), kMaxConvRows); }
size_t product_stride(const Conv2dShape& shape) { return round_up(shape.out_channels, 16); }
size_t product_elements(const Conv2dShape& shape) {
  return product_rows(shape) * product_stride(shape);
}

// One worker's image, framed, and its dy with the channels innermost.
size_t scratch_elements(const Conv2dShape& shape) {
  return framed_input(shape).elements() + shape.out_plane() * product_stride(shape);
}

// The workspace: offsets, every worker's scratch, products.
struct Workspace {
  Workspace(const Conv2dShape& shape, unsigned threads, float* memory)
      : offsets(new (memory) uint32_t[product_rows(shape)]),
        scratch(memory + round_up(product_rows(shape), 16)),
        products(scratch + threads * scratch_elements(shape)) {
    std::fill_n(offsets, product_rows(shape), 0);
    window_offsets(shape, offsets);
  }
  uint32_t* offsets;
  float *scratch, *products;
};

// transposed [out_plane][stride] from dy [out_channels][out_plane].
void transpose_gradient(const Conv2dShape& shape, const float* dy, float* transposed) {
  constexpr size_t kBlock = 16;
  size_t stride = product_stride(shape), positions = shape.out_plane();
  for (size_t begin = 0; begin < positions; begin += kBlock) {
    size_t end = std::min(begin + kBlock, positions);
    for (size_t c = 0; c < shape.out_channels; ++c) {
      for (size_t n = begin; n < end; ++n) transposed[n * stride + c] = dy[c * positions + n];
    }
    for (size_t n = begin; n < end; ++n) {
      std::fill(transposed + n * stride + shape.out_channels, transposed + (n + 1) * stride, 0.0f);
    }
  }
}

// product += one image's.
void add_image(const Conv2dShape& shape, const uint32_t* offsets, const float* framed,
               const float* dy, float* product) {
  const ConvTiles& tiles = fastest_conv_tiles();
  ConvPositions positions{shape.out_height(), shape.out_width(), framed_input(shape).pitch()};
  size_t stride = product_stride(shape);
  for (size_t row = 0; row < product_rows(shape); row += tiles.wide.rows) {
    for (size_t column = 0; column < stride;) {
      const ConvGradientTile& tile =
          stride - column >= tiles.wide.columns ? tiles.wide : tiles.narrow;
      tile.run(positions, framed, offsets + row, dy + column, stride,
               product + row * stride + column);
      column += tile.columns;
    }
  }
}

// product += that of the images of a chunk: one chain over images, rows, columns.
void add_chunk(const Conv2dShape& shape, size_t chunk, const float* x, const float* dy,
               const Workspace& workspace, unsigned worker, float* product) {
  float* framed = workspace.scratch + worker * scratch_elements(shape);
  float* transposed = framed + framed_input(shape).elements();
  auto [first, last] = block_range(chunk, shape.batch, images_per_chunk(shape));
  for (size_t image = first; image < last; ++image) {
    frame_input(shape, x + image * shape.in_channels * shape.in_height * shape.in_width, framed);
    transpose_gradient(shape, dy + image * shape.out_channels * shape.out_plane(), transposed);
    add_image(shape, workspace.offsets, framed, transposed, product);
  }
}

// emit(element of dweights, its place in a product)
template <class Emit>
void for_each_weight(const Conv2dShape& shape, const Emit& emit) {
  for (size_t c = 0; c < shape.out_channels; ++c) {
    for (size_t k = 0; k < shape.patch(); ++k) {
      emit(c * shape.patch() + k, k * product_stride(shape) + c);
    }
  }
}

void backward_atomic(Pool& pool, const Conv2dShape& shape, const float* x, const float* dy,
                     float* dweights, const Workspace& workspace) {
  std::fill_n(dweights, shape.weight_elements(), 0.0f);
  launch_grid(pool, chunk_count(shape), [&](size_t chunk, unsigned worker) {
    float* product = workspace.products + worker * product_elements(shape);
    std::fill_n(product, product_elements(shape), 0.0f);
    add_chunk(shape, chunk, x, dy, workspace, worker, product);
    for_each_weight(shape, [&](size_t element, size_t place) {
      atomic_add(dweights[element], product[place]);
    });
  });
}

void backward_deterministic(Pool& pool, const Conv2dShape& shape, const float* x, const float* dy,
                            float* dweights, const Workspace& workspace) {
  size_t elements = product_elements(shape), chunks = chunk_count(shape);
  launch_grid(pool, chunks, [&](size_t chunk, unsigned worker) {
    float* product = workspace.products + chunk * elements;
    std::fill_n(product, elements, 0.0f);
    add_chunk(shape, chunk, x, dy, workspace, worker, product);
  });
  constexpr size_t kGrain = 4;
  // Rows of the products, folded into those of the first.
  launch_grid(pool, block_count(product_rows(shape), kGrain), [&](size_t block, unsigned) {
    auto [begin, end] = block_range(block, product_rows(shape), kGrain);
    float* total = workspace.products;
    for (size_t chunk = 1; chunk < chunks; ++chunk) {
      const float* product = workspace.products + chunk * elements;
      for (size_t i = begin * product_stride(shape); i < end * product_stride(shape); ++i) {
        total[i] += product[i];
      }
    }
  });
  for_each_weight(shape, [&](size_t element, size_t place) {
    float sum = workspace.products[place];
    dweights[element] = sum == sum ? sum : kNan;
  });
}

}  // namespace

size_t conv2d_backward_weight_workspace(const Conv2dShape& shape, unsigned threads) {
  return round_up(product_rows(shape), 16) + threads * scratch_elements(shape) +
         std::max<size_t>(threads, chunk_count(shape)) * product_elements(shape);
}

void conv2d_backward_weight(Pool& pool, Variant variant, const Conv2dShape& shape, const float* x,
                            const float* dy, float* dweights, float* workspace) {
  Workspace parts(shape, pool.threads(), workspace);
  if (variant == Variant::kAtomic) {
    backward_atomic(pool, shape, x, dy, dweights, parts);
  } else {
    backward_deterministic(pool, shape, x, dy, dweights, parts);
  }
}

size_t conv2d_backward_weight_private_elements(const Conv2dShape& shape) {
  return product_elements(shape);
}

void conv2d_backward_weight_private(Pool& pool, const Conv2dShape& shape, const float* x,
                                    const float* dy, float* dweights, float* workspace,
                                    PrivateCopies& copies) {
  Workspace parts(shape, pool.threads(), workspace);
  copies.begin();
  launch_grid(pool, chunk_count(shape), [&](size_t chunk, unsigned worker) {
    add_chunk(shape, chunk, x, dy, parts, worker, copies.copy(worker));
  });
  copies.merge(pool, parts.products);
  for_each_weight(shape,
                  [&](size_t element, size_t place) { dweights[element] = parts.products[place]; });
}

}  // namespace detaudit::kernels
