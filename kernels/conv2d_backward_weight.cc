#include <algorithm>

#include "kernels/atomic_add.h"
#include "kernels/conv2d.h"
#include "kernels/gemm.h"
#include "kernels/grid.h"
#include "kernels/im2col.h"
#include "kernels/private_merge_image.h"

namespace detaudit::kernels {
namespace {

// Images are taken in chunks that depend on the batch alone.
constexpr size_t kChunks = 16;
size_t images_per_chunk(const Conv2dShape& shape) { return block_count(shape.batch, kChunks); }
size_t chunk_count(const Conv2dShape& shape) {
  return block_count(shape.batch, images_per_chunk(shape));
}
size_t columns_elements(const Conv2dShape& shape) {
  return (shape.patch() * shape.out_plane() + 15) / 16 * 16;
}

// product [out_channels][patch] of the images [begin, end): one chain over images, rows, columns.
void chunk_product(const Conv2dShape& shape, Range images, const float* x, const float* dy,
                   float* columns, float* product, GemmOutput first) {
  for (size_t image = images.begin; image < images.end; ++image) {
    im2col(shape, x + image * shape.in_channels * shape.in_height * shape.in_width, 0,
           shape.out_height(), columns);
    gemm_block(Transpose::kNo, Transpose::kYes, shape.out_channels, shape.patch(),
               shape.out_plane(), dy + image * shape.out_channels * shape.out_plane(),
               shape.out_plane(), columns, shape.out_plane(), product, shape.patch(),
               image == images.begin ? first : GemmOutput::kAccumulate);
  }
}

void backward_atomic(Pool& pool, const Conv2dShape& shape, const float* x, const float* dy,
                     float* dweights, float* workspace) {
  size_t elements = shape.weight_elements();
  float* products = workspace + pool.threads() * columns_elements(shape);
  std::fill_n(dweights, elements, 0.0f);
  launch_grid(pool, chunk_count(shape), [&](size_t chunk, unsigned worker) {
    float* product = products + worker * elements;
    chunk_product(shape, block_range(chunk, shape.batch, images_per_chunk(shape)), x, dy,
                  workspace + worker * columns_elements(shape), product, GemmOutput::kOverwrite);
    atomic_add(dweights, product, elements);
  });
}

void backward_deterministic(Pool& pool, const Conv2dShape& shape, const float* x, const float* dy,
                            float* dweights, float* workspace) {
  size_t elements = shape.weight_elements(), chunks = chunk_count(shape);
  float* products = workspace + pool.threads() * columns_elements(shape);
  launch_grid(pool, chunks, [&](size_t chunk, unsigned worker) {
    chunk_product(shape, block_range(chunk, shape.batch, images_per_chunk(shape)), x, dy,
                  workspace + worker * columns_elements(shape), products + chunk * elements,
                  GemmOutput::kOverwrite);
  });
  constexpr size_t kGrain = 4096;
  launch_grid(pool, block_count(elements, kGrain), [&](size_t block, unsigned) {
    auto [begin, end] = block_range(block, elements, kGrain);
    std::copy(products + begin, products + end, dweights + begin);
    for (size_t chunk = 1; chunk < chunks; ++chunk) {
      const float* product = products + chunk * elements;
      for (size_t i = begin; i < end; ++i) dweights[i] += product[i];
    }
  });
}

}  // namespace

size_t conv2d_backward_weight_workspace(const Conv2dShape& shape, unsigned threads) {
  return threads * columns_elements(shape) +
         std::max<size_t>(threads, chunk_count(shape)) * shape.weight_elements();
}

void conv2d_backward_weight(Pool& pool, Variant variant, const Conv2dShape& shape, const float* x,
                            const float* dy, float* dweights, float* workspace) {
  if (variant == Variant::kAtomic) {
    backward_atomic(pool, shape, x, dy, dweights, workspace);
  } else {
    backward_deterministic(pool, shape, x, dy, dweights, workspace);
  }
}

void conv2d_backward_weight_private(Pool& pool, const Conv2dShape& shape, const float* x,
                                    const float* dy, float* dweights, float* workspace,
                                    PrivateCopies& copies) {
  copies.begin();
  launch_grid(pool, chunk_count(shape), [&](size_t chunk, unsigned worker) {
    chunk_product(shape, block_range(chunk, shape.batch, images_per_chunk(shape)), x, dy,
                  workspace + worker * columns_elements(shape), copies.copy(worker),
                  GemmOutput::kAccumulate);
  });
  copies.merge(pool, dweights);
}

}  // namespace detaudit::kernels
