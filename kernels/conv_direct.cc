#include "kernels/conv_direct.h"

#include "kernels/math.h"

namespace detaudit::kernels {
namespace {

// Outputs are padded to the rows of any tile.
size_t padded_outputs(const DirectConvolution& c) { return round_up(c.outputs, kMaxConvRows); }

size_t flat_elements_at_most(const DirectConvolution& c) {
  return (c.height - 1) * c.image.pitch() + c.width + kMaxConvColumns;
}

size_t shared_elements(const DirectConvolution& c) {
  return round_up(c.steps, 16) + padded_outputs(c) * (c.steps + 1);
}

}  // namespace

FramedImage framed_input(const Conv2dShape& shape) {
  return {shape.in_channels, shape.in_height + 2 * shape.padding,
          shape.in_width + 2 * shape.padding, shape.stride};
}

void frame_input(const Conv2dShape& shape, const float* image, float* framed) {
  FramedImage frame = framed_input(shape);
  std::fill_n(framed, frame.elements(), 0.0f);
  for (size_t c = 0; c < shape.in_channels; ++c) {
    for (size_t h = 0; h < shape.in_height; ++h, image += shape.in_width) {
      for (size_t phase = 0; phase < std::min(shape.stride, shape.in_width); ++phase) {
        float* to = framed + frame.offset(c, h + shape.padding, phase + shape.padding);
        if (shape.stride == 1) {
          std::copy_n(image, shape.in_width, to);
        } else {
          for (size_t w = phase; w < shape.in_width; w += shape.stride) *to++ = image[w];
        }
      }
    }
  }
}

void window_offsets(const Conv2dShape& shape, uint32_t* offsets) {
  FramedImage frame = framed_input(shape);
  for (size_t c = 0; c < shape.in_channels; ++c) {
    for (size_t r = 0; r < shape.kernel_height; ++r) {
      for (size_t s = 0; s < shape.kernel_width; ++s) {
        *offsets++ = static_cast<uint32_t>(frame.offset(c, r, s));
      }
    }
  }
}

size_t DirectConvolution::workspace(unsigned threads) const {
  return shared_elements(*this) +
         threads * (image.elements() + round_up(kMaxConvRows * flat_elements_at_most(*this), 16));
}

DirectPlan::DirectPlan(const DirectConvolution& convolution, float* workspace)
    : convolution_(convolution), tile_(fastest_conv_tiles().convolve) {
  offsets_ = new (workspace) uint32_t[convolution.steps];
  start_ = workspace + round_up(convolution.steps, 16);
  weights_ = start_ + padded_outputs(convolution);
  scratch_ = workspace + shared_elements(convolution);
  std::fill(start_, scratch_, 0.0f);
}

size_t DirectPlan::flat_elements() const {
  return round_up((convolution_.height - 1) * convolution_.image.pitch() + convolution_.width,
                  tile_.columns);
}

size_t DirectPlan::scratch_elements() const {
  return convolution_.image.elements() +
         round_up(kMaxConvRows * flat_elements_at_most(convolution_), 16);
}

void DirectPlan::convolve(const float* framed, Range groups, float* flat, float* out) const {
  const DirectConvolution& c = convolution_;
  size_t flat_row = flat_elements();
  for (size_t group = groups.begin; group < groups.end; ++group) {
    size_t first = group * tile_.rows, last = std::min(first + tile_.rows, c.outputs);
    for (size_t column = 0; column < flat_row; column += tile_.columns) {
      tile_.run(c.steps, weights_ + first * c.steps, framed + column, offsets_, start_ + first,
                flat + column, flat_row);
    }
    for (size_t output = first; output < last; ++output) {
      const float* plane = flat + (output - first) * flat_row;
      for (size_t h = 0; h < c.height; ++h) {
        const float* from = plane + h * c.image.pitch();
        float* to = out + (output * c.height + h) * c.width;
        for (size_t w = 0; w < c.width; ++w) to[w] = from[w] == from[w] ? from[w] : kNan;
      }
    }
  }
}

}  // namespace detaudit::kernels
