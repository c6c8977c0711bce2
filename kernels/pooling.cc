#include "kernels/pooling.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "kernels/atomic_add.h"
#include "kernels/grid.h"
#include "kernels/math.h"
#include "kernels/private_merge_image.h"

namespace detaudit::kernels {
namespace {

constexpr size_t kElementsPerBlock = 16384;
constexpr size_t kOutputsPerAtomicBlock = 256;  // what one block of GPU threads would take

// A band of output rows in the making, one a thread. Each output row has a row of column maxima:
// the largest of each column over the window's rows, and where it is, framed by minus infinity.
// Rows of maxima are `stride` times as far apart as rows of outputs, so that one loop goes through
// all windows of a band.
struct Band {
  std::vector<float> maxima, best;
  std::vector<int32_t> places, index;
};

constexpr float kLowest = -std::numeric_limits<float>::infinity();
constexpr int32_t kNowhere = std::numeric_limits<int32_t>::max();

// Distance between output rows of a band: room for the columns that the last window reaches.
size_t band_pitch(const MaxPool2dShape& shape) {
  size_t beyond = shape.window > shape.stride ? shape.window - shape.stride : 0;
  return shape.out_width() + block_count(beyond, shape.stride);
}

size_t rows_per_band(const MaxPool2dShape& shape) {
  constexpr size_t kMaxima = 4096;  // small enough for the first cache, with their places
  return std::max<size_t>(1, kMaxima / (band_pitch(shape) * shape.stride));
}

Band& band_of_thread(const MaxPool2dShape& shape) {
  thread_local Band band;
  size_t outputs = rows_per_band(shape) * band_pitch(shape);
  size_t maxima = outputs * shape.stride + shape.window;
  if (band.best.size() < outputs || band.maxima.size() < maxima) {
    band.best.resize(outputs);
    band.index.resize(outputs);
    band.maxima.resize(maxima);
    band.places.resize(maxima);
  }
  return band;
}

// Column maxima over rows [begin, end) of a plane, for `columns` columns.
void take_rows(const MaxPool2dShape& shape, const float* plane, Range rows, size_t columns,
               float* __restrict maxima, int32_t* __restrict places) {
  auto width = static_cast<int32_t>(shape.in_width), count = static_cast<int32_t>(columns);
  auto first = static_cast<int32_t>(rows.begin) * width;
  for (int32_t w = 0; w < count; ++w) {
    maxima[w] = plane[first + w];
    places[w] = first + w;
  }
  for (size_t row = rows.begin + 1; row < rows.end; ++row) {
    auto start = static_cast<int32_t>(row) * width;
    for (int32_t w = 0; w < count; ++w) {
      float value = plane[start + w];
      bool take = (value > maxima[w]) | ((value != value) & (maxima[w] == maxima[w]));
      maxima[w] = take ? value : maxima[w];
      places[w] = take ? start + w : places[w];
    }
  }
}

// One column of every window. Columns come left to right, so that among equals the one in the
// upper row goes first. kStride 0: any stride.
template <size_t kStride>
void take_column(size_t outputs, size_t stride, const float* __restrict maxima,
                 const int32_t* __restrict places, float* __restrict best,
                 int32_t* __restrict index) {
  size_t step = kStride ? kStride : stride;
  for (size_t o = 0; o < outputs; ++o) {
    float value = maxima[o * step];
    int32_t place = places[o * step];
    bool upper = place < index[o];
    bool larger = (value > best[o]) | ((value == best[o]) & upper);
    bool nan = (value != value) & ((best[o] == best[o]) | upper);
    best[o] = larger | nan ? value : best[o];
    index[o] = larger | nan ? place : index[o];
  }
}

// Column maxima of one output row, framed.
void fill_row(const MaxPool2dShape& shape, const float* plane, size_t out_row, float* maxima,
              int32_t* places) {
  size_t pitch = band_pitch(shape) * shape.stride;
  size_t columns = std::min(shape.in_width, pitch - shape.padding);  // no window reaches the rest
  size_t top = out_row * shape.stride, limit = shape.in_height + shape.padding;
  Range rows{std::max(top, shape.padding) - shape.padding,
             std::min(top + shape.window, limit) - shape.padding};
  std::fill_n(maxima, pitch, kLowest);
  std::fill_n(places, pitch, kNowhere);
  take_rows(shape, plane, rows, columns, maxima + shape.padding, places + shape.padding);
}

// Output rows of one plane.
void pool_rows(const MaxPool2dShape& shape, const float* plane, Range rows, float* y,
               int32_t* argmax) {
  Band& band = band_of_thread(shape);
  size_t pitch = band_pitch(shape), outputs = (rows.end - rows.begin) * pitch;
  for (size_t row = rows.begin; row < rows.end; ++row) {
    size_t at = (row - rows.begin) * pitch * shape.stride;
    fill_row(shape, plane, row, band.maxima.data() + at, band.places.data() + at);
  }
  std::fill_n(band.best.data(), outputs, kLowest);
  std::fill_n(band.index.data(), outputs, kNowhere);
  auto take = shape.stride == 1   ? take_column<1>
              : shape.stride == 2 ? take_column<2>
                                  : take_column<0>;
  for (size_t c = 0; c < shape.window; ++c) {
    take(outputs, shape.stride, band.maxima.data() + c, band.places.data() + c, band.best.data(),
         band.index.data());
  }
  for (size_t row = rows.begin; row < rows.end; ++row) {
    size_t from = (row - rows.begin) * pitch;
    std::copy_n(band.best.data() + from, shape.out_width(), y + row * shape.out_width());
    std::copy_n(band.index.data() + from, shape.out_width(), argmax + row * shape.out_width());
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
    if (argmax[o] >= begin && argmax[o] < end) dx[argmax[o]] = canonical(dx[argmax[o]] + dy[o]);
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
  size_t band = rows_per_band(shape), bands = block_count(shape.out_height(), band);
  size_t grain = std::max<size_t>(1, kElementsPerBlock / std::max<size_t>(1, shape.in_plane()));
  size_t items = shape.planes * bands;
  launch_grid(pool, block_count(items, grain), [&](size_t block, unsigned) {
    auto [begin, end] = block_range(block, items, grain);
    for (size_t item = begin; item < end; ++item) {
      size_t plane = item / bands;
      pool_rows(shape, x + plane * shape.in_plane(),
                block_range(item % bands, shape.out_height(), band), y + plane * shape.out_plane(),
                argmax + plane * shape.out_plane());
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
    scatter_outputs(shape, begin, end, dy, argmax, dx,
                    [](float& target, float value) { atomic_add(target, value); });
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
