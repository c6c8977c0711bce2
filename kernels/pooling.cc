#include "kernels/pooling.h"

#include <algorithm>
#include <limits>

#include "kernels/atomic_add.h"
#include "kernels/grid.h"
#include "kernels/private_merge_image.h"
#include "kernels/window.h"

namespace detaudit::kernels {
namespace {

constexpr size_t kElementsPerBlock = 16384;
constexpr size_t kOutputsPerAtomicBlock = 256;  // what one block of GPU threads would take

// One tap of every window of an output row; output o reads plane[start + o * stride].
// kStride 0: any stride.
template <size_t kStride>
void take_tap(Range outputs, size_t stride, const float* plane, int32_t start, float* best,
              int32_t* index) {
  auto step = static_cast<int32_t>(kStride ? kStride : stride);
  auto end = static_cast<int32_t>(outputs.end);
  for (auto o = static_cast<int32_t>(outputs.begin); o < end; ++o) {
    float value = plane[start + o * step];
    bool take = !(value <= best[o]) && best[o] == best[o];
    best[o] = take ? value : best[o];
    index[o] = take ? start + o * step : index[o];
  }
}

void pool_row(const MaxPool2dShape& shape, const float* plane, size_t out_row, float* best,
              int32_t* index) {
  size_t top = out_row * shape.stride;  // in padded coordinates
  std::fill_n(best, shape.out_width(), -std::numeric_limits<float>::infinity());
  // Should a window hold nothing but minus infinity, its first element inside is named.
  size_t first_row = std::max(top, shape.padding) - shape.padding;
  for (size_t o = 0; o < shape.out_width(); ++o) {
    size_t first_column = std::max(o * shape.stride, shape.padding) - shape.padding;
    index[o] = static_cast<int32_t>(first_row * shape.in_width + first_column);
  }
  for (size_t r = 0; r < shape.window; ++r) {
    if (top + r < shape.padding || top + r >= shape.in_height + shape.padding) continue;
    size_t row_start = (top + r - shape.padding) * shape.in_width;
    for (size_t c = 0; c < shape.window; ++c) {
      Range outputs =
          outputs_inside(c, shape.stride, shape.padding, shape.in_width, shape.out_width());
      auto start = static_cast<int32_t>(row_start + c) - static_cast<int32_t>(shape.padding);
      if (shape.stride == 2) {
        take_tap<2>(outputs, 2, plane, start, best, index);
      } else {
        take_tap<0>(outputs, shape.stride, plane, start, best, index);
      }
    }
  }
}

// Output rows whose windows reach into input rows [first, last).
Range rows_reaching(const MaxPool2dShape& shape, size_t first, size_t last) {
  size_t reach = first + shape.padding + 1;  // o * stride + window >= reach
  size_t begin =
      reach <= shape.window ? 0 : (reach - shape.window + shape.stride - 1) / shape.stride;
  size_t end = std::min(shape.out_height(), (last - 1 + shape.padding) / shape.stride + 1);
  return {std::min(begin, end), end};
}

// Fills the input rows [first, last) of one plane from the windows that name them.
void gather_rows(const MaxPool2dShape& shape, size_t first, size_t last, const float* dy,
                 const int32_t* argmax, float* dx) {
  auto begin = static_cast<int32_t>(first * shape.in_width);
  auto end = static_cast<int32_t>(last * shape.in_width);
  std::fill(dx + begin, dx + end, 0.0f);
  auto [out_first, out_last] = rows_reaching(shape, first, last);
  for (size_t o = out_first * shape.out_width(); o < out_last * shape.out_width(); ++o) {
    if (argmax[o] >= begin && argmax[o] < end) dx[argmax[o]] += dy[o];
  }
}

void backward_deterministic(Pool& pool, const MaxPool2dShape& shape, const float* dy,
                            const int32_t* argmax, float* dx) {
  size_t band = std::max<size_t>(1, kElementsPerBlock / std::max<size_t>(1, shape.in_width));
  size_t bands = block_count(shape.in_height, band);
  size_t grain = std::max<size_t>(1, kElementsPerBlock / std::max<size_t>(1, shape.in_plane()));
  size_t items = shape.planes * bands;
  launch_grid(pool, block_count(items, grain), [&](size_t block, unsigned) {
    auto [begin, end] = block_range(block, items, grain);
    for (size_t item = begin; item < end; ++item) {
      size_t plane = item / bands;
      auto [first, last] = block_range(item % bands, shape.in_height, band);
      gather_rows(shape, first, last, dy + plane * shape.out_plane(),
                  argmax + plane * shape.out_plane(), dx + plane * shape.in_plane());
    }
  });
}

// add(element of dx, value) for outputs [begin, end) of all planes, in index order.
template <class Add>
void scatter_outputs(const MaxPool2dShape& shape, size_t begin, size_t end, const float* dy,
                     const int32_t* argmax, float* dx, const Add& add) {
  for (size_t o = begin; o < end;) {
    size_t plane = o / shape.out_plane();
    size_t stop = std::min(end, (plane + 1) * shape.out_plane());
    float* target = dx + plane * shape.in_plane();
    for (; o < stop; ++o) add(target[argmax[o]], dy[o]);
  }
}

}  // namespace

void max_pool2d_forward(Pool& pool, const MaxPool2dShape& shape, const float* x, float* y,
                        int32_t* argmax) {
  size_t rows = shape.planes * shape.out_height();
  size_t grain =
      std::max<size_t>(1, kElementsPerBlock / std::max<size_t>(1, shape.out_width()) / 4);
  launch_grid(pool, block_count(rows, grain), [&](size_t block, unsigned) {
    auto [begin, end] = block_range(block, rows, grain);
    for (size_t row = begin; row < end; ++row) {
      pool_row(shape, x + row / shape.out_height() * shape.in_plane(), row % shape.out_height(),
               y + row * shape.out_width(), argmax + row * shape.out_width());
    }
  });
}

void max_pool2d_backward(Pool& pool, Variant variant, const MaxPool2dShape& shape, const float* dy,
                         const int32_t* argmax, float* dx) {
  if (variant == Variant::kDeterministic) {
    backward_deterministic(pool, shape, dy, argmax, dx);
    return;
  }
  size_t inputs = shape.planes * shape.in_plane();
  launch_grid(pool, block_count(inputs, kElementsPerBlock), [&](size_t block, unsigned) {
    auto [begin, end] = block_range(block, inputs, kElementsPerBlock);
    std::fill(dx + begin, dx + end, 0.0f);
  });
  size_t outputs = shape.planes * shape.out_plane();
  launch_grid(pool, block_count(outputs, kOutputsPerAtomicBlock), [&](size_t block, unsigned) {
    auto [begin, end] = block_range(block, outputs, kOutputsPerAtomicBlock);
    scatter_outputs(shape, begin, end, dy, argmax, dx, [](float& target, float value) { atomic_add(target, value); });
  });
}

void max_pool2d_backward_private(Pool& pool, const MaxPool2dShape& shape, const float* dy,
                                 const int32_t* argmax, float* dx, PrivateCopies& copies) {
  copies.begin();
  size_t outputs = shape.planes * shape.out_plane();
  launch_grid(pool, block_count(outputs, kElementsPerBlock), [&](size_t block, unsigned worker) {
    auto [begin, end] = block_range(block, outputs, kElementsPerBlock);
    scatter_outputs(shape, begin, end, dy, argmax, copies.copy(worker),
                    [](float& target, float value) { target += value; });
  });
  copies.merge(pool, dx);
}

}  // namespace detaudit::kernels
