#include "kernels/cuda/atomic.cuh"
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/images.h"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/small_index.h"
#include "kernels/math.h"
#include "kernels/resize_tap.h"

namespace detaudit::kernels::cuda {
namespace {

// The taps of one dimension, tabulated on the device once a call: those of every output, and for
// every input the outputs whose low tap it is: [first[i], first[i + 1]).
struct Taps {
  uint32_t *low, *first;
  float *low_weight, *high_weight;
  uint32_t in_size, out_size;
};

size_t taps_words(size_t in_size, size_t out_size) { return 3 * out_size + in_size + 1; }

Taps tabulate(Stream& stream, size_t in_size, size_t out_size, uint32_t* words) {
  Taps taps{words + 2 * out_size,
            words + 3 * out_size,
            reinterpret_cast<float*>(words),
            reinterpret_cast<float*>(words) + out_size,
            static_cast<uint32_t>(in_size),
            static_cast<uint32_t>(out_size)};
  launch_each(stream, out_size, [=] DETAUDIT_DEVICE_LAMBDA(size_t o) {
    const ResizeTap tap = bilinear_tap(o, in_size, out_size);
    taps.low[o] = static_cast<uint32_t>(tap.low);
    taps.low_weight[o] = 1 - tap.high_weight;
    taps.high_weight[o] = tap.high_weight;
    // Low taps never decrease: this output is the first of all inputs after the one before's tap.
    const size_t before = o == 0 ? 0 : bilinear_tap(o - 1, in_size, out_size).low + 1;
    for (size_t i = before; i <= tap.low; ++i) taps.first[i] = static_cast<uint32_t>(o);
    if (o + 1 == out_size)
      for (size_t i = tap.low + 1; i <= in_size; ++i)
        taps.first[i] = static_cast<uint32_t>(out_size);
  });
  return taps;
}

struct Tables {
  Taps rows, columns;
};

// `floats` more follow the tables.
Tables tabulate(Stream& stream, const ResizeShape& shape, size_t floats, float*& rest) {
  require_small({shape.planes * shape.in_height * shape.in_width,
                 shape.planes * shape.out_height * shape.out_width,
                 shape.planes * shape.in_height * shape.out_width});
  const size_t rows = taps_words(shape.in_height, shape.out_height);
  const size_t columns = taps_words(shape.in_width, shape.out_width);
  auto* words = static_cast<uint32_t*>(stream.scratch((rows + columns + floats) * 4));
  rest = reinterpret_cast<float*>(words + rows + columns);
  return {tabulate(stream, shape.in_height, shape.out_height, words),
          tabulate(stream, shape.in_width, shape.out_width, words + rows)};
}

DETAUDIT_DEVICE uint32_t clamp_below(uint32_t i, uint32_t size) { return i < size ? i : size - 1; }

}  // namespace

void bilinear_resize_forward(Stream& stream, const ResizeShape& shape, const float* x, float* y,
                             float*) {
  float* unused;
  const auto [rows, columns] = tabulate(stream, shape, 0, unused);
  const Taps r = rows, c = columns;
  launch_each(
      stream, shape.planes * shape.out_height * shape.out_width,
      [=] DETAUDIT_DEVICE_LAMBDA(size_t index) {
        const auto at = static_cast<uint32_t>(index);
        const uint32_t row = at / c.out_size, o = at % c.out_size;
        const uint32_t out_row = row % r.out_size, low_row = r.low[out_row];
        const float* plane = x + size_t{row / r.out_size} * r.in_size * c.in_size;
        const float* low = plane + low_row * c.in_size;
        const float* high = plane + clamp_below(low_row + 1, r.in_size) * c.in_size;
        const float low_weight = r.low_weight[out_row];
        const float high_weight = r.high_weight[out_row];
        const uint32_t left = c.low[o];
        const float mixed_left = fma(high[left], high_weight, low[left] * low_weight);
        // Right of the last column there are zeros, read with weight 0.
        const float mixed_right = left + 1 < c.in_size
                                      ? fma(high[left + 1], high_weight, low[left + 1] * low_weight)
                                      : 0.0f;
        y[index] = canonical(fma(mixed_right, c.high_weight[o], mixed_left * c.low_weight[o]));
      });
}

void bilinear_resize_backward(Stream& stream, Variant variant, const ResizeShape& shape,
                              const float* dy, float* dx, float*) {
  const size_t inputs = shape.planes * shape.in_height * shape.in_width;
  const size_t mixed_size = shape.planes * shape.in_height * shape.out_width;
  float* mixed;
  const auto [rows, columns] =
      tabulate(stream, shape, variant == Variant::kDeterministic ? mixed_size : 0, mixed);
  const Taps r = rows, c = columns;
  if (variant == Variant::kAtomic) {
    fill(stream, inputs, 0.0f, dx);
    return launch_each(
        stream, shape.planes * shape.out_height * shape.out_width,
        [=] DETAUDIT_DEVICE_LAMBDA(size_t index) {
          const auto at = static_cast<uint32_t>(index);
          const uint32_t row = at / c.out_size, o = at % c.out_size, out_row = row % r.out_size;
          const uint32_t upper = r.low[out_row], lower = clamp_below(upper + 1, r.in_size);
          const uint32_t left = c.low[o], right = clamp_below(left + 1, c.in_size);
          float* plane = dx + size_t{row / r.out_size} * r.in_size * c.in_size;
          const float to_upper = dy[index] * r.low_weight[out_row];
          const float to_lower = dy[index] * r.high_weight[out_row];
          atomic_add(plane + upper * c.in_size + left, to_upper * c.low_weight[o]);
          atomic_add(plane + upper * c.in_size + right, to_upper * c.high_weight[o]);
          atomic_add(plane + lower * c.in_size + left, to_lower * c.low_weight[o]);
          atomic_add(plane + lower * c.in_size + right, to_lower * c.high_weight[o]);
        });
  }
  // Rows first: an input row gathers, in order, the rows of dy that read it.
  launch_each(stream, mixed_size, [=] DETAUDIT_DEVICE_LAMBDA(size_t index) {
    const auto at = static_cast<uint32_t>(index);
    const uint32_t row = at / c.out_size % r.in_size, plane = at / c.out_size / r.in_size;
    const float* from = dy + size_t{plane} * r.out_size * c.out_size + at % c.out_size;
    float sum = 0;
    for (uint32_t o = row > 0 ? r.first[row - 1] : 0; o < r.first[row + 1]; ++o) {
      const float weight = o < r.first[row] ? r.high_weight[o] : r.low_weight[o];
      sum = fma(from[o * c.out_size], weight, sum);
    }
    mixed[index] = sum;
  });
  // Then columns likewise: first those that read the element to their right.
  launch_each(stream, inputs, [=] DETAUDIT_DEVICE_LAMBDA(size_t index) {
    const auto at = static_cast<uint32_t>(index);
    const uint32_t w = at % c.in_size;
    const float* from = mixed + size_t{at / c.in_size} * c.out_size;
    float sum = 0;
    for (uint32_t o = w > 0 ? c.first[w - 1] : 0; o < c.first[w + 1]; ++o)
      sum = fma(from[o], o < c.first[w] ? c.high_weight[o] : c.low_weight[o], sum);
    dx[index] = canonical(sum);
  });
}

}  // namespace detaudit::kernels::cuda
