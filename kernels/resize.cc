#include "kernels/resize.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <new>

#include "kernels/atomic_add.h"
#include "kernels/grid.h"
#include "kernels/private_merge_image.h"

namespace detaudit::kernels {
namespace {

constexpr size_t kElementsPerBlock = 16384;
constexpr size_t kOutputsPerAtomicBlock = 256;  // what one block of GPU threads would take

// The taps of every output column, once a call; in the workspace, before the workers' rows.
struct Columns {
  const uint32_t* low;
  const float* low_weight;
  const float* high_weight;
};

size_t columns_elements(const ResizeShape& shape) { return 3 * shape.out_width; }
size_t row_elements(const ResizeShape& shape) {
  return (std::max(shape.in_width, shape.out_width) + 1 + 15) / 16 * 16;
}

Columns tabulate_columns(const ResizeShape& shape, float* workspace) {
  float* high_weight = workspace;
  float* low_weight = workspace + shape.out_width;
  auto* low = new (workspace + 2 * shape.out_width) uint32_t[shape.out_width];
  for (size_t o = 0; o < shape.out_width; ++o) {
    ResizeTap tap = resize_tap(o, shape.in_width, shape.out_width);
    low[o] = static_cast<uint32_t>(tap.low);
    low_weight[o] = 1 - tap.high_weight;
    high_weight[o] = tap.high_weight;
  }
  return {low, low_weight, high_weight};
}

// y row = high * weight + low * (1 - weight), columns likewise. `mixed` holds in_width + 1 floats.
void resize_row(const ResizeShape& shape, const Columns& columns, const ResizeTap& row,
                const float* plane, float* mixed, float* y) {
  const float* low = plane + row.low * shape.in_width;
  const float* high = plane + row.high * shape.in_width;
  float low_weight = 1 - row.high_weight;
  for (size_t w = 0; w < shape.in_width; ++w) {
    mixed[w] = std::fma(high[w], row.high_weight, low[w] * low_weight);
  }
  mixed[shape.in_width] = 0;  // read, with weight 0, right of the last column
  for (size_t o = 0; o < shape.out_width; ++o) {
    float left = mixed[columns.low[o]] * columns.low_weight[o];
    y[o] = std::fma(mixed[columns.low[o] + 1], columns.high_weight[o], left);
  }
}

// Output rows whose low tap is `row`: low taps never decrease.
Range outputs_with_low(size_t row, size_t in_size, size_t out_size) {
  double scale = static_cast<double>(out_size) / static_cast<double>(in_size);
  auto guess = static_cast<size_t>(std::max(0.0, (static_cast<double>(row) + 0.5) * scale - 1.5));
  size_t begin = row == 0 ? 0 : std::min(guess, out_size);
  while (begin > 0 && resize_tap(begin - 1, in_size, out_size).low >= row) --begin;
  while (begin < out_size && resize_tap(begin, in_size, out_size).low < row) ++begin;
  size_t end = begin;
  while (end < out_size && resize_tap(end, in_size, out_size).low == row) ++end;
  return {begin, end};
}

void add_weighted(const float* source, float weight, float* target, size_t elements) {
  for (size_t i = 0; i < elements; ++i) target[i] = std::fma(source[i], weight, target[i]);
}

// One input row of dx: dy rows that read it, in order, then its columns likewise.
void gather_row(const ResizeShape& shape, const Columns& columns, size_t row, const float* dy,
                float* mixed, float* dx) {
  std::fill_n(mixed, shape.out_width, 0.0f);
  if (row > 0) {
    auto [begin, end] = outputs_with_low(row - 1, shape.in_height, shape.out_height);
    for (size_t o = begin; o < end; ++o) {
      float weight = resize_tap(o, shape.in_height, shape.out_height).high_weight;
      add_weighted(dy + o * shape.out_width, weight, mixed, shape.out_width);
    }
  }
  auto [begin, end] = outputs_with_low(row, shape.in_height, shape.out_height);
  for (size_t o = begin; o < end; ++o) {
    float weight = 1 - resize_tap(o, shape.in_height, shape.out_height).high_weight;
    add_weighted(dy + o * shape.out_width, weight, mixed, shape.out_width);
  }
  float from_left = 0;
  for (size_t w = 0, o = 0; w < shape.in_width; ++w) {
    float sum = from_left;
    from_left = 0;
    for (; o < shape.out_width && columns.low[o] == w; ++o) {
      sum = std::fma(mixed[o], columns.low_weight[o], sum);
      from_left = std::fma(mixed[o], columns.high_weight[o], from_left);
    }
    dx[w] = sum;
  }
}

// add(element, value) four times for each dy of output rows [begin, end) of all planes.
template <class Add>
void scatter_rows(const ResizeShape& shape, const Columns& columns, size_t begin, size_t end,
                  const float* dy, float* dx, const Add& add) {
  for (size_t r = begin; r < end; ++r) {
    ResizeTap row = resize_tap(r % shape.out_height, shape.in_height, shape.out_height);
    float* plane = dx + r / shape.out_height * shape.in_height * shape.in_width;
    float* low_row = plane + row.low * shape.in_width;
    float* high_row = plane + row.high * shape.in_width;
    for (size_t o = 0; o < shape.out_width; ++o) {
      float value = dy[r * shape.out_width + o];
      float to_low = value * (1 - row.high_weight), to_high = value * row.high_weight;
      size_t low = columns.low[o], high = std::min(low + 1, shape.in_width - 1);
      add(low_row[low], to_low * columns.low_weight[o]);
      add(low_row[high], to_low * columns.high_weight[o]);
      add(high_row[low], to_high * columns.low_weight[o]);
      add(high_row[high], to_high * columns.high_weight[o]);
    }
  }
}

size_t rows_per_block(size_t elements, size_t row_width) {
  return std::max<size_t>(1, elements / std::max<size_t>(1, row_width));
}

void backward_atomic(Pool& pool, const ResizeShape& shape, const Columns& columns, const float* dy,
                     float* dx) {
  size_t inputs = shape.planes * shape.in_height * shape.in_width;
  launch_grid(pool, block_count(inputs, kElementsPerBlock), [&](size_t block, unsigned) {
    auto [begin, end] = block_range(block, inputs, kElementsPerBlock);
    std::fill(dx + begin, dx + end, 0.0f);
  });
  size_t rows = shape.planes * shape.out_height;
  size_t grain = rows_per_block(kOutputsPerAtomicBlock, shape.out_width);
  launch_grid(pool, block_count(rows, grain), [&](size_t block, unsigned) {
    auto [begin, end] = block_range(block, rows, grain);
    scatter_rows(shape, columns, begin, end, dy, dx, [](float& target, float value) { atomic_add(target, value); });
  });
}

}  // namespace

ResizeTap resize_tap(size_t out_index, size_t in_size, size_t out_size) {
  double scale = static_cast<double>(in_size) / static_cast<double>(out_size);
  double position = std::max(0.0, (static_cast<double>(out_index) + 0.5) * scale - 0.5);
  auto low = std::min(static_cast<size_t>(position), in_size - 1);
  if (low + 1 == in_size) return {low, low, 0.0f};
  return {low, low + 1, static_cast<float>(position - static_cast<double>(low))};
}

size_t bilinear_resize_workspace(const ResizeShape& shape, unsigned threads) {
  return columns_elements(shape) + threads * row_elements(shape);
}

void bilinear_resize_forward(Pool& pool, const ResizeShape& shape, const float* x, float* y,
                             float* workspace) {
  Columns columns = tabulate_columns(shape, workspace);
  float* mixed = workspace + columns_elements(shape);
  size_t rows = shape.planes * shape.out_height;
  size_t grain = rows_per_block(kElementsPerBlock, shape.in_width + shape.out_width);
  launch_grid(pool, block_count(rows, grain), [&](size_t block, unsigned worker) {
    auto [begin, end] = block_range(block, rows, grain);
    for (size_t r = begin; r < end; ++r) {
      ResizeTap tap = resize_tap(r % shape.out_height, shape.in_height, shape.out_height);
      resize_row(shape, columns, tap, x + r / shape.out_height * shape.in_height * shape.in_width,
                 mixed + worker * row_elements(shape), y + r * shape.out_width);
    }
  });
}

void bilinear_resize_backward(Pool& pool, Variant variant, const ResizeShape& shape,
                              const float* dy, float* dx, float* workspace) {
  Columns columns = tabulate_columns(shape, workspace);
  if (variant == Variant::kAtomic) {
    backward_atomic(pool, shape, columns, dy, dx);
    return;
  }
  float* mixed = workspace + columns_elements(shape);
  size_t rows = shape.planes * shape.in_height;
  size_t grain = rows_per_block(kElementsPerBlock, shape.in_width + shape.out_width);
  launch_grid(pool, block_count(rows, grain), [&](size_t block, unsigned worker) {
    auto [begin, end] = block_range(block, rows, grain);
    for (size_t r = begin; r < end; ++r) {
      gather_row(shape, columns, r % shape.in_height,
                 dy + r / shape.in_height * shape.out_height * shape.out_width,
                 mixed + worker * row_elements(shape), dx + r * shape.in_width);
    }
  });
}

void bilinear_resize_backward_private(Pool& pool, const ResizeShape& shape, const float* dy,
                                      float* dx, float* workspace, PrivateCopies& copies) {
  Columns columns = tabulate_columns(shape, workspace);
  copies.begin();
  size_t rows = shape.planes * shape.out_height;
  size_t grain = rows_per_block(kElementsPerBlock, shape.out_width);
  launch_grid(pool, block_count(rows, grain), [&](size_t block, unsigned worker) {
    auto [begin, end] = block_range(block, rows, grain);
    scatter_rows(shape, columns, begin, end, dy, copies.copy(worker),
                 [](float& target, float value) { target += value; });
  });
  copies.merge(pool, dx);
}

}  // namespace detaudit::kernels
