#include "kernels/cuda/atomic.cuh"
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/images.h"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/small_index.h"
#include "kernels/math.h"

namespace detaudit::kernels::cuda {
namespace {

// A pooling's shape in 32 bits.
struct Pooling {
  uint32_t in_height, in_width, window, stride, padding, out_height, out_width;

  explicit Pooling(const MaxPool2dShape& s)
      : in_height(narrow(s.in_height)),
        in_width(narrow(s.in_width)),
        window(narrow(s.window)),
        stride(narrow(s.stride)),
        padding(narrow(s.padding)),
        out_height(narrow(s.out_height())),
        out_width(narrow(s.out_width())) {}
  static uint32_t narrow(size_t n) { return static_cast<uint32_t>(n); }

  DETAUDIT_DEVICE uint32_t in_plane() const { return in_height * in_width; }
  DETAUDIT_DEVICE uint32_t out_plane() const { return out_height * out_width; }

  // Input rows or columns of output `o`: [begin, end).
  struct Reach {
    uint32_t begin, end;
  };
  DETAUDIT_DEVICE Reach window_of(uint32_t o, uint32_t in_size) const {
    const uint32_t top = o * stride, bottom = top + window;
    return {top > padding ? top - padding : 0,
            bottom - padding < in_size ? bottom - padding : in_size};
  }
  // Outputs whose windows reach input `i`.
  DETAUDIT_DEVICE Reach reaching(uint32_t i, uint32_t out_size) const {
    const uint32_t last = (i + padding) / stride, least = i + padding + 1;
    const uint32_t first = least <= window ? 0 : (least - window + stride - 1) / stride;
    return {first, last + 1 < out_size ? last + 1 : out_size};
  }
};

void require_small_tensors(const MaxPool2dShape& shape) {
  require_small({shape.planes * shape.in_plane(), shape.planes * shape.out_plane()});
}

}  // namespace

void max_pool2d_forward(Stream& stream, const MaxPool2dShape& shape, const float* x, float* y,
                        int32_t* argmax) {
  require_small_tensors(shape);
  const Pooling pooling(shape);
  launch_each(stream, shape.planes * shape.out_plane(), [=] DETAUDIT_DEVICE_LAMBDA(size_t index) {
    const auto at = static_cast<uint32_t>(index), position = at % pooling.out_plane();
    const float* plane = x + size_t{at / pooling.out_plane()} * pooling.in_plane();
    const auto rows = pooling.window_of(position / pooling.out_width, pooling.in_height);
    const auto columns = pooling.window_of(position % pooling.out_width, pooling.in_width);
    // The first in row order wins among equals, the first NaN over everything.
    uint32_t place = rows.begin * pooling.in_width + columns.begin;
    float best = plane[place];
    for (uint32_t row = rows.begin; row < rows.end; ++row)
      for (uint32_t column = columns.begin; column < columns.end; ++column) {
        const uint32_t here = row * pooling.in_width + column;
        const float value = plane[here];
        if (value > best || (value != value && best == best)) {
          best = value;
          place = here;
        }
      }
    y[index] = best;
    argmax[index] = static_cast<int32_t>(place);
  });
}

void max_pool2d_backward(Stream& stream, Variant variant, const MaxPool2dShape& shape,
                         const float* dy, const int32_t* argmax, float* dx) {
  require_small_tensors(shape);
  const Pooling pooling(shape);
  const size_t inputs = shape.planes * shape.in_plane();
  if (variant == Variant::kAtomic) {
    fill(stream, inputs, 0.0f, dx);
    return launch_each(
        stream, shape.planes * shape.out_plane(), [=] DETAUDIT_DEVICE_LAMBDA(size_t index) {
          const size_t plane = static_cast<uint32_t>(index) / pooling.out_plane();
          atomic_add(dx + plane * pooling.in_plane() + static_cast<size_t>(argmax[index]),
                     dy[index]);
        });
  }
  // Each input gathers, in index order, the windows that name it.
  launch_each(stream, inputs, [=] DETAUDIT_DEVICE_LAMBDA(size_t index) {
    const auto at = static_cast<uint32_t>(index), element = at % pooling.in_plane();
    const size_t plane = size_t{at / pooling.in_plane()} * pooling.out_plane();
    const auto rows = pooling.reaching(element / pooling.in_width, pooling.out_height);
    const auto columns = pooling.reaching(element % pooling.in_width, pooling.out_width);
    float sum = 0;
    for (uint32_t row = rows.begin; row < rows.end; ++row)
      for (uint32_t column = columns.begin; column < columns.end; ++column) {
        const size_t output = plane + row * pooling.out_width + column;
        if (static_cast<uint32_t>(argmax[output]) == element) sum += dy[output];
      }
    dx[index] = canonical(sum);
  });
}

}  // namespace detaudit::kernels::cuda
