#include "kernels/resize.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <new>

#include "kernels/atomic_add.h"
#include "kernels/grid.h"
#include "kernels/math.h"
#include "kernels/private_merge_image.h"
#include "kernels/resize_tap.h"

namespace detaudit::kernels {
namespace {

constexpr size_t kElementsPerBlock = 16384;
constexpr size_t kOutputsPerAtomicBlock = 128;  // what one block of a GPU would take

// The taps of every output along one dimension, tabulated in the workspace once a call. Low taps
// never decrease: the outputs whose low tap is i are [first[i], first[i + 1]).
struct Taps {
  const uint32_t* low;
  const float* low_weight;
  const float* high_weight;
  const uint32_t* first;
};

size_t taps_elements(size_t in_size, size_t out_size) { return 3 * out_size + in_size + 1; }

Taps tabulate(size_t in_size, size_t out_size, float* memory) {
  float* high_weight = memory;
  float* low_weight = memory + out_size;
  auto* low = new (memory + 2 * out_size) uint32_t[out_size];
  auto* first = new (memory + 3 * out_size) uint32_t[in_size + 1];
  size_t next = 0;  // input whose first output is not known yet
  for (size_t o = 0; o < out_size; ++o) {
    ResizeTap tap = resize_tap(o, in_size, out_size);
    low[o] = static_cast<uint32_t>(tap.low);
    low_weight[o] = 1 - tap.high_weight;
    high_weight[o] = tap.high_weight;
    for (; next <= tap.low; ++next) first[next] = static_cast<uint32_t>(o);
  }
  for (; next <= in_size; ++next) first[next] = static_cast<uint32_t>(out_size);
  return {low, low_weight, high_weight, first};
}

struct Tables {
  Taps rows, columns;
};

size_t tables_elements(const ResizeShape& shape) {
  return taps_elements(shape.in_height, shape.out_height) +
         taps_elements(shape.in_width, shape.out_width);
}

Tables tabulate(const ResizeShape& shape, float* workspace) {
  Taps rows = tabulate(shape.in_height, shape.out_height, workspace);
  workspace += taps_elements(shape.in_height, shape.out_height);
  return {rows, tabulate(shape.in_width, shape.out_width, workspace)};
}

// One worker's row.
size_t row_elements(const ResizeShape& shape) {
  return (std::max(shape.in_width, shape.out_width) + 1 + 15) / 16 * 16;
}

// y row = high * weight + low * (1 - weight), columns likewise. `mixed` holds in_width + 1 floats.
void resize_row(const ResizeShape& shape, const Tables& taps, size_t out_row, const float* plane,
                float* mixed, float* y) {
  size_t row = taps.rows.low[out_row];
  const float* low = plane + row * shape.in_width;
  const float* high = plane + std::min(row + 1, shape.in_height - 1) * shape.in_width;
  float low_weight = taps.rows.low_weight[out_row], high_weight = taps.rows.high_weight[out_row];
  for (size_t w = 0; w < shape.in_width; ++w) {
    mixed[w] = std::fma(high[w], high_weight, low[w] * low_weight);
  }
  mixed[shape.in_width] = 0;  // read, with weight 0, right of the last column
  const Taps& columns = taps.columns;
  for (size_t o = 0; o < shape.out_width; ++o) {
    float left = mixed[columns.low[o]] * columns.low_weight[o];
    y[o] = canonical(std::fma(mixed[columns.low[o] + 1], columns.high_weight[o], left));
  }
}

void add_weighted(const float* source, float weight, float* target, size_t elements) {
  for (size_t i = 0; i < elements; ++i) target[i] = std::fma(source[i], weight, target[i]);
}

// One input row of dx: dy rows that read it, in order, then its columns likewise.
void gather_row(const ResizeShape& shape, const Tables& taps, size_t row, const float* dy,
                float* mixed, float* dx) {
  std::fill_n(mixed, shape.out_width, 0.0f);
  const Taps& rows = taps.rows;
  for (size_t o = row > 0 ? rows.first[row - 1] : 0; o < rows.first[row + 1]; ++o) {
    float weight = o < rows.first[row] ? rows.high_weight[o] : rows.low_weight[o];
    add_weighted(dy + o * shape.out_width, weight, mixed, shape.out_width);
  }
  const Taps& columns = taps.columns;
  float from_left = 0;
  for (size_t w = 0, o = 0; w < shape.in_width; ++w) {
    float sum = from_left;
    from_left = 0;
    for (; o < columns.first[w + 1]; ++o) {
      sum = std::fma(mixed[o], columns.low_weight[o], sum);
      from_left = std::fma(mixed[o], columns.high_weight[o], from_left);
    }
    dx[w] = canonical(sum);
  }
}

// add(element, value) four times for each dy of output rows [begin, end) of all planes.
template <class Add>
void scatter_rows(const ResizeShape& shape, const Tables& taps, size_t begin, size_t end,
                  const float* dy, float* dx, const Add& add) {
  const Taps& columns = taps.columns;
  for (size_t r = begin; r < end; ++r) {
    size_t row = r % shape.out_height, low_row = taps.rows.low[row];
    float* plane = dx + r / shape.out_height * shape.in_height * shape.in_width;
    float* upper = plane + low_row * shape.in_width;
    float* lower = plane + std::min(low_row + 1, shape.in_height - 1) * shape.in_width;
    for (size_t o = 0; o < shape.out_width; ++o) {
      float value = dy[r * shape.out_width + o];
      float to_upper = value * taps.rows.low_weight[row];
      float to_lower = value * taps.rows.high_weight[row];
      size_t low = columns.low[o], high = std::min(low + 1, shape.in_width - 1);
      add(upper[low], to_upper * columns.low_weight[o]);
      add(upper[high], to_upper * columns.high_weight[o]);
      add(lower[low], to_lower * columns.low_weight[o]);
      add(lower[high], to_lower * columns.high_weight[o]);
    }
  }
}

size_t rows_per_block(size_t elements, size_t row_width) {
  return std::max<size_t>(1, elements / std::max<size_t>(1, row_width));
}

void backward_atomic(Pool& pool, const ResizeShape& shape, const Tables& taps, const float* dy,
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
    scatter_rows(shape, taps, begin, end, dy, dx,
                 [](float& target, float value) { atomic_add(target, value); });
  });
}

}  // namespace

ResizeTap resize_tap(size_t out_index, size_t in_size, size_t out_size) {
  return bilinear_tap(out_index, in_size, out_size);
}

size_t bilinear_resize_workspace(const ResizeShape& shape, unsigned threads) {
  return tables_elements(shape) + threads * row_elements(shape);
}

void bilinear_resize_forward(Pool& pool, const ResizeShape& shape, const float* x, float* y,
                             float* workspace) {
  Tables taps = tabulate(shape, workspace);
  float* mixed = workspace + tables_elements(shape);
  size_t rows = shape.planes * shape.out_height;
  size_t grain = rows_per_block(kElementsPerBlock, shape.in_width + shape.out_width);
  launch_grid(pool, block_count(rows, grain), [&](size_t block, unsigned worker) {
    auto [begin, end] = block_range(block, rows, grain);
    for (size_t r = begin; r < end; ++r) {
      resize_row(shape, taps, r % shape.out_height,
                 x + r / shape.out_height * shape.in_height * shape.in_width,
                 mixed + worker * row_elements(shape), y + r * shape.out_width);
    }
  });
}

void bilinear_resize_backward(Pool& pool, Variant variant, const ResizeShape& shape,
                              const float* dy, float* dx, float* workspace) {
  Tables taps = tabulate(shape, workspace);
  if (variant == Variant::kAtomic) {
    backward_atomic(pool, shape, taps, dy, dx);
    return;
  }
  float* mixed = workspace + tables_elements(shape);
  size_t rows = shape.planes * shape.in_height;
  size_t grain = rows_per_block(kElementsPerBlock, shape.in_width + shape.out_width);
  launch_grid(pool, block_count(rows, grain), [&](size_t block, unsigned worker) {
    auto [begin, end] = block_range(block, rows, grain);
    for (size_t r = begin; r < end; ++r) {
      gather_row(shape, taps, r % shape.in_height,
                 dy + r / shape.in_height * shape.out_height * shape.out_width,
                 mixed + worker * row_elements(shape), dx + r * shape.in_width);
    }
  });
}

void bilinear_resize_backward_private(Pool& pool, const ResizeShape& shape, const float* dy,
                                      float* dx, float* workspace, PrivateCopies& copies) {
  Tables taps = tabulate(shape, workspace);
  copies.begin();
  size_t rows = shape.planes * shape.out_height;
  size_t grain = rows_per_block(kElementsPerBlock, shape.out_width);
  launch_grid(pool, block_count(rows, grain), [&](size_t block, unsigned worker) {
    auto [begin, end] = block_range(block, rows, grain);
    scatter_rows(shape, taps, begin, end, dy, copies.copy(worker),
                 [](float& target, float value) { target += value; });
  });
  copies.merge(pool, dx);
}

}  // namespace detaudit::kernels
