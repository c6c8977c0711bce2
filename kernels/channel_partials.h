#pragma once

#include <algorithm>
#include <cstddef>

#include "kernels/atomic_add.h"
#include "kernels/channel_sum.h"
#include "kernels/grid.h"
#include "kernels/private_copies.h"

namespace detaudit::kernels {

// Images are summed in chunks that depend on the shape alone: about kChunkElements of a channel.
inline constexpr size_t kChunkElements = 1024;
inline size_t images_per_chunk(const ChannelShape& shape) {
  return std::max<size_t>(1, kChunkElements / std::max<size_t>(1, shape.plane));
}
inline size_t chunk_count(const ChannelShape& shape) {
  return block_count(shape.batch, images_per_chunk(shape));
}

// Sums of kSums values an element, kept in lanes whose number is the same on every machine.
template <size_t kSums>
struct LaneSums {
  static constexpr size_t kLanes = kSums == 1 ? 32 : 16;
  float lanes[kSums][kLanes] = {};

  // terms(index, values) sets values[kSums] for one element.
  template <class Terms>
  void add(size_t begin, size_t end, const Terms& terms) {
    size_t i = begin;
    for (; i + kLanes <= end; i += kLanes) add_lanes<kLanes>(i, kLanes, terms);
    if (i < end) add_lanes<0>(i, end - i, terms);
  }

  // One fixed tree.
  float fold(size_t sum) {
    for (size_t width = kLanes / 2; width > 0; width /= 2) {
      for (size_t l = 0; l < width; ++l) lanes[sum][l] += lanes[sum][l + width];
    }
    return lanes[sum][0];
  }

 private:
  template <size_t kFixed, class Terms>
  void add_lanes(size_t i, size_t count, const Terms& terms) {
    for (size_t l = 0; l < (kFixed ? kFixed : count); ++l) {
      float values[kSums];
      terms(i + l, values);
      for (size_t s = 0; s < kSums; ++s) lanes[s][l] += values[s];
    }
  }
};

// The sums of one chunk of images: store(channel, sum, value) is called for each.
// terms_of(channel) gives the terms of a channel, as LaneSums::add takes them.
template <size_t kSums, class TermsOf, class Store>
void sum_chunk(const ChannelShape& shape, size_t chunk, const TermsOf& terms_of,
               const Store& store) {
  auto [first, last] = block_range(chunk, shape.batch, images_per_chunk(shape));
  for (size_t c = 0; c < shape.channels; ++c) {
    LaneSums<kSums> sums;
    const auto terms = terms_of(c);
    for (size_t image = first; image < last; ++image) {
      size_t begin = (image * shape.channels + c) * shape.plane;
      sums.add(begin, begin + shape.plane, terms);
    }
    for (size_t s = 0; s < kSums; ++s) store(c, s, sums.fold(s));
  }
}

// out [kSums][channels] from workspace partials [chunks][kSums][channels].
template <size_t kSums, class TermsOf>
void sum_channels_ordered(Pool& pool, const ChannelShape& shape, const TermsOf& terms_of,
                          float* out, float* partials) {
  size_t row = kSums * shape.channels;
  launch_grid(pool, chunk_count(shape), [&](size_t chunk, unsigned) {
    sum_chunk<kSums>(shape, chunk, terms_of, [&](size_t c, size_t s, float value) {
      partials[chunk * row + s * shape.channels + c] = value;
    });
  });
  std::copy_n(partials, row, out);
  for (size_t chunk = 1; chunk < chunk_count(shape); ++chunk) {
    for (size_t i = 0; i < row; ++i) out[i] += partials[chunk * row + i];
  }
}

template <size_t kSums, class TermsOf>
void sum_channels_atomic(Pool& pool, const ChannelShape& shape, const TermsOf& terms_of,
                         float* out) {
  std::fill_n(out, kSums * shape.channels, 0.0f);
  launch_grid(pool, chunk_count(shape), [&](size_t chunk, unsigned) {
    sum_chunk<kSums>(shape, chunk, terms_of, [&](size_t c, size_t s, float value) {
      atomic_add(out[s * shape.channels + c], value);
    });
  });
}

template <size_t kSums, class TermsOf>
void sum_channels_private(Pool& pool, const ChannelShape& shape, const TermsOf& terms_of,
                          float* out, PrivateCopies& copies) {
  copies.begin();
  launch_grid(pool, chunk_count(shape), [&](size_t chunk, unsigned worker) {
    float* mine = copies.copy(worker);
    sum_chunk<kSums>(shape, chunk, terms_of, [&](size_t c, size_t s, float value) {
      mine[s * shape.channels + c] += value;
    });
  });
  copies.merge(pool, out);
}

}  // namespace detaudit::kernels
