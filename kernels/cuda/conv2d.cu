#include <algorithm>

#include "kernels/cuda/channel_partials.cuh"
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/images.h"
#include "kernels/cuda/small_index.h"
#include "kernels/cuda/tile_product.cuh"

namespace detaudit::kernels::cuda {
namespace {

// A convolution's shape in 32 bits, and where its windows lie.
struct Windows {
  uint32_t batch, in_channels, in_height, in_width, out_channels, kernel_height, kernel_width;
  uint32_t stride, padding, out_height, out_width;

  explicit Windows(const Conv2dShape& s)
      : batch(narrow(s.batch)),
        in_channels(narrow(s.in_channels)),
        in_height(narrow(s.in_height)),
        in_width(narrow(s.in_width)),
        out_channels(narrow(s.out_channels)),
        kernel_height(narrow(s.kernel_height)),
        kernel_width(narrow(s.kernel_width)),
        stride(narrow(s.stride)),
        padding(narrow(s.padding)),
        out_height(narrow(s.out_height())),
        out_width(narrow(s.out_width())) {}
  static uint32_t narrow(size_t n) { return static_cast<uint32_t>(n); }

  DETAUDIT_DEVICE uint32_t taps() const { return kernel_height * kernel_width; }
  DETAUDIT_DEVICE uint32_t patch() const { return in_channels * taps(); }
  DETAUDIT_DEVICE uint32_t out_plane() const { return out_height * out_width; }
  DETAUDIT_DEVICE uint32_t in_plane() const { return in_height * in_width; }

  // The input element that step k of the patch reads at an output position; false: it is padding.
  DETAUDIT_DEVICE bool input(uint32_t image, uint32_t position, uint32_t k, uint32_t& at) const {
    const uint32_t channel = k / taps(), tap = k % taps();
    const uint32_t row = position / out_width * stride + tap / kernel_width - padding;
    const uint32_t column = position % out_width * stride + tap % kernel_width - padding;
    at = ((image * in_channels + channel) * in_height + row) * in_width + column;
    return row < in_height && column < in_width;  // negative ones are large
  }

  // The output row or column whose window has input element `i` at its tap; false: none.
  DETAUDIT_DEVICE bool output(uint32_t i, uint32_t tap, uint32_t size, uint32_t& o) const {
    const uint32_t distance = i + padding - tap;
    o = distance / stride;
    return i + padding >= tap && distance % stride == 0 && o < size;
  }
};

// y: a chain over (channel, row, column) of the patch from the bias. Columns are (image, position).
struct ForwardProduct {
  static constexpr TileOrder kOrderA = TileOrder::kDepthInside;
  static constexpr TileOrder kOrderB = TileOrder::kOutputInside;
  size_t batches, rows, columns;
  Windows windows;
  const float *x, *weights, *bias;
  float* y;

  DETAUDIT_DEVICE size_t depth(size_t) const { return windows.patch(); }
  DETAUDIT_DEVICE float a(size_t, size_t row, size_t k) const {
    return weights[row * windows.patch() + k];
  }
  DETAUDIT_DEVICE float b(size_t, size_t k, size_t column) const {
    const auto at = static_cast<uint32_t>(column);
    uint32_t element;
    return windows.input(at / windows.out_plane(), at % windows.out_plane(),
                         static_cast<uint32_t>(k), element)
               ? x[element]
               : 0.0f;
  }
  DETAUDIT_DEVICE float start(size_t, size_t row, size_t) const { return bias ? bias[row] : 0.0f; }
  DETAUDIT_DEVICE void store(size_t, size_t row, size_t column, float value) const {
    const auto at = static_cast<uint32_t>(column);
    const size_t plane = at / windows.out_plane() * windows.out_channels + row;
    y[plane * windows.out_plane() + at % windows.out_plane()] = value;
  }
};

// dx: a chain over (output channel, kernel row and column from the last) of what read the element;
// places between and beyond dy's elements count as zeros. Columns are (image, input position).
struct DataProduct {
  static constexpr TileOrder kOrderA = TileOrder::kDepthInside;
  static constexpr TileOrder kOrderB = TileOrder::kOutputInside;
  size_t batches, rows, columns;
  Windows windows;
  const float *weights, *dy;
  float* dx;

  DETAUDIT_DEVICE size_t depth(size_t) const { return windows.out_channels * windows.taps(); }
  DETAUDIT_DEVICE uint32_t tap_of(uint32_t k) const {
    return windows.taps() - 1 - k % windows.taps();
  }
  DETAUDIT_DEVICE float a(size_t, size_t row, size_t k) const {
    const auto step = static_cast<uint32_t>(k);
    return weights[(step / windows.taps() * windows.in_channels + row) * windows.taps() +
                   tap_of(step)];
  }
  DETAUDIT_DEVICE float b(size_t, size_t k, size_t column) const {
    const auto step = static_cast<uint32_t>(k), at = static_cast<uint32_t>(column);
    const uint32_t image = at / windows.in_plane(), position = at % windows.in_plane();
    const uint32_t tap = tap_of(step);
    uint32_t row, column_out;
    const bool read = windows.output(position / windows.in_width, tap / windows.kernel_width,
                                     windows.out_height, row) &
                      windows.output(position % windows.in_width, tap % windows.kernel_width,
                                     windows.out_width, column_out);
    const uint32_t plane = image * windows.out_channels + step / windows.taps();
    return read ? dy[(plane * windows.out_height + row) * windows.out_width + column_out] : 0.0f;
  }
  DETAUDIT_DEVICE float start(size_t, size_t, size_t) const { return 0.0f; }
  DETAUDIT_DEVICE void store(size_t, size_t row, size_t column, float value) const {
    const auto at = static_cast<uint32_t>(column);
    const size_t plane = at / windows.in_plane() * windows.in_channels + row;
    dx[plane * windows.in_plane() + at % windows.in_plane()] = value;
  }
};

// The atomic version: what each output position read, as a product; each element is added to the
// input element that it was read from, in arrival order (cuDNN's BWD_DATA_ALGO_0 in kind).
struct ScatterProduct {
  static constexpr TileOrder kOrderA = TileOrder::kOutputInside;
  static constexpr TileOrder kOrderB = TileOrder::kOutputInside;
  size_t batches, rows, columns;
  Windows windows;
  const float *weights, *dy;
  float* dx;

  DETAUDIT_DEVICE size_t depth(size_t) const { return windows.out_channels; }
  DETAUDIT_DEVICE float a(size_t, size_t row, size_t k) const {
    return weights[k * windows.patch() + row];
  }
  DETAUDIT_DEVICE float b(size_t, size_t k, size_t column) const {
    const auto at = static_cast<uint32_t>(column);
    const size_t plane = at / windows.out_plane() * windows.out_channels + k;
    return dy[plane * windows.out_plane() + at % windows.out_plane()];
  }
  DETAUDIT_DEVICE float start(size_t, size_t, size_t) const { return 0.0f; }
  DETAUDIT_DEVICE void store(size_t, size_t row, size_t column, float value) const {
    const auto at = static_cast<uint32_t>(column);
    uint32_t element;
    if (windows.input(at / windows.out_plane(), at % windows.out_plane(),
                      static_cast<uint32_t>(row), element))
      atomic_add(dx + element, value);
  }
};

// dweights of a chunk of images, a chain over (image, position) from zero. Batches are chunks.
struct WeightProduct {
  static constexpr TileOrder kOrderA = TileOrder::kDepthInside;
  static constexpr TileOrder kOrderB = TileOrder::kDepthInside;
  size_t batches, rows, columns;
  Windows windows;
  uint32_t images;  // of a chunk
  const float *x, *dy;
  float* out;  // kAtomic: dweights; else one of them a chunk
  Variant variant;

  DETAUDIT_DEVICE size_t depth(size_t batch) const {
    const size_t left = windows.batch - batch * images;
    return (left < images ? left : images) * windows.out_plane();
  }
  DETAUDIT_DEVICE float a(size_t batch, size_t row, size_t k) const {
    const auto step = static_cast<uint32_t>(k);
    const size_t image = batch * images + step / windows.out_plane();
    return dy[(image * windows.out_channels + row) * windows.out_plane() +
              step % windows.out_plane()];
  }
  DETAUDIT_DEVICE float b(size_t batch, size_t k, size_t column) const {
    const auto step = static_cast<uint32_t>(k);
    const uint32_t image = static_cast<uint32_t>(batch) * images + step / windows.out_plane();
    uint32_t element;
    return windows.input(image, step % windows.out_plane(), static_cast<uint32_t>(column), element)
               ? x[element]
               : 0.0f;
  }
  DETAUDIT_DEVICE float start(size_t, size_t, size_t) const { return 0.0f; }
  DETAUDIT_DEVICE void store(size_t batch, size_t row, size_t column, float value) const {
    const size_t element = row * columns + column;
    if (variant == Variant::kAtomic)
      atomic_add(out + element, value);
    else
      out[batch * rows * columns + element] = value;
  }
};

void require_small_tensors(const Conv2dShape& shape) {
  require_small({shape.x_elements(), shape.y_elements(), shape.weight_elements(),
                 shape.batch * shape.out_plane()});
}

}  // namespace

void conv2d_forward(Stream& stream, const Conv2dShape& shape, const float* x, const float* weights,
                    const float* bias, float* y, float*) {
  require_small_tensors(shape);
  launch_product(stream, ForwardProduct{1, shape.out_channels, shape.batch * shape.out_plane(),
                                        Windows(shape), x, weights, bias, y});
}

void conv2d_backward_data(Stream& stream, Variant variant, const Conv2dShape& shape,
                          const float* weights, const float* dy, float* dx, float*) {
  require_small_tensors(shape);
  if (variant == Variant::kDeterministic)
    return launch_product(
        stream, DataProduct{1, shape.in_channels, shape.batch * shape.in_height * shape.in_width,
                            Windows(shape), weights, dy, dx});
  fill(stream, shape.x_elements(), 0.0f, dx);
  launch_product(stream, ScatterProduct{1, shape.patch(), shape.batch * shape.out_plane(),
                                        Windows(shape), weights, dy, dx});
}

void conv2d_backward_weight(Stream& stream, Variant variant, const Conv2dShape& shape,
                            const float* x, const float* dy, float* dweights, float*) {
  require_small_tensors(shape);
  const size_t images = std::max<size_t>(4, block_count(shape.batch, 16));
  const size_t chunks = block_count(shape.batch, images), elements = shape.weight_elements();
  float* products = dweights;
  if (variant == Variant::kAtomic)
    fill(stream, elements, 0.0f, dweights);
  else
    products = stream.scratch_floats(chunks * elements);
  launch_product(stream, WeightProduct{chunks, shape.out_channels, shape.patch(), Windows(shape),
                                       Windows::narrow(images), x, dy, products, variant});
  if (variant == Variant::kDeterministic)
    launch_each(stream, elements, FoldChunks{chunks, elements, products, dweights});
}

}  // namespace detaudit::kernels::cuda
