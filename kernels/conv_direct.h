#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>

#include "kernels/conv2d.h"
#include "kernels/conv_tile.h"
#include "kernels/grid.h"

namespace detaudit::kernels {

inline size_t round_up(size_t n, size_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

// An image as direct convolution reads it: framed by zeros, and with its rows and columns dealt out
// to stride x stride phases, so that the windows of one output row lie side by side at any stride.
// Element (channel, row, column) of kernel window (i, j) is at offset(channel, row, column) +
// i * pitch + j.
struct FramedImage {
  size_t channels, height, width, stride;  // with the frame
  size_t phase_height() const { return (height + stride - 1) / stride; }
  size_t pitch() const { return (width + stride - 1) / stride; }
  size_t offset(size_t channel, size_t row, size_t column) const {
    size_t phase = (channel * stride + row % stride) * stride + column % stride;
    return (phase * phase_height() + row / stride) * pitch() + column / stride;
  }
  // A tile may read past the last window.
  size_t elements() const {
    return round_up(channels * stride * stride * phase_height() * pitch() + kMaxConvColumns, 16);
  }
};

FramedImage framed_input(const Conv2dShape& shape);
// Clears `framed` and copies one image of x into it.
void frame_input(const Conv2dShape& shape, const float* image, float* framed);

// offsets[k] of every step k = (channel, row, column) of the kernel's patch.
void window_offsets(const Conv2dShape& shape, uint32_t* offsets);

// y [outputs][height][width] from framed images, by one chain an output: start, then steps in
// order.
struct DirectConvolution {
  FramedImage image;
  size_t outputs, steps;
  size_t height, width;  // of an output plane

  size_t workspace(unsigned threads) const;
  size_t out_elements() const { return outputs * height * width; }
};

// The parts of a DirectConvolution's workspace that all blocks share; to be filled before run().
class DirectPlan {
 public:
  DirectPlan(const DirectConvolution& convolution, float* workspace);
  uint32_t* offsets() { return offsets_; }  // [steps]
  float& weight(size_t output, size_t step) {
    size_t rows = tile_.rows;
    return weights_[(output / rows * convolution_.steps + step) * rows + output % rows];
  }
  float& start(size_t output) { return start_[output]; }  // 0 until set

  // frame(image index, framed) prepares an image; out receives batch * out_elements().
  template <class Frame>
  void run(Pool& pool, size_t batch, const Frame& frame, float* out) const {
    // Few images are cut by outputs too, so that all threads have work; the bits are the same.
    size_t groups = block_count(convolution_.outputs, tile_.rows);
    size_t cuts = batch >= 4 * pool.limit() ? 1 : std::min<size_t>(groups, 4);
    size_t grain = block_count(groups, cuts);
    cuts = block_count(groups, grain);
    launch_grid(pool, batch * cuts, [&](size_t block, unsigned worker) {
      float* framed = scratch_ + worker * scratch_elements();
      frame(block / cuts, framed);
      auto [first, last] = block_range(block % cuts, groups, grain);
      convolve(framed, {first, last}, framed + convolution_.image.elements(),
               out + block / cuts * convolution_.out_elements());
    });
  }

 private:
  size_t flat_elements() const;  // of an output plane as the tiles write it: rows pitch apart
  size_t scratch_elements() const;
  void convolve(const float* framed, Range groups, float* flat, float* out) const;

  DirectConvolution convolution_;
  const ConvTile& tile_;
  uint32_t* offsets_;
  float *weights_, *start_, *scratch_;
};

}  // namespace detaudit::kernels
