#pragma once

#include <algorithm>
#include <cstddef>

#include "kernels/atomic_add.h"
#include "kernels/channel_sum.h"
#include "kernels/grid.h"
#include "kernels/lanes.h"
#include "kernels/math.h"
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

// kSums sums over elements, in 16 lanes on every machine: element i of a plane is in lane i mod 16.
template <size_t kSums>
class LaneSums {
 public:
  // terms(at, chains) adds eight elements to chains[kSums]; at(p) loads them from array p.
  template <class Terms>
  void add(size_t begin, size_t end, const Terms& terms) {
    size_t i = begin;
    for (; i + 2 * kLanes <= end; i += 2 * kLanes) {
      terms(WholeLanes{i}, chains_[0]);
      terms(WholeLanes{i + kLanes}, chains_[1]);
    }
    for (size_t half = 0; i < end; ++half, i += kLanes) {
      if (end - i >= kLanes) {
        terms(WholeLanes{i}, chains_[half]);
      } else {
        terms(HeadLanes{i, end - i}, chains_[half]);
      }
    }
  }

  float fold(size_t sum) const {
    return detaudit::kernels::fold(chains_[0][sum] + chains_[1][sum]);
  }

 private:
  Lanes chains_[2][kSums] = {};
};

// The atomic version takes a block fewer images of a small batch, as a GPU spreads them.
inline size_t images_per_atomic_block(const ChannelShape& shape) {
  constexpr size_t kBlocks = 16;
  return std::min(images_per_chunk(shape), std::max<size_t>(1, shape.batch / kBlocks));
}

// The sums of a range of images: store(channel, sum, value) is called for each.
// terms_of(channel) gives the terms of a channel, as LaneSums::add takes them.
template <size_t kSums, class TermsOf, class Store>
void sum_images(const ChannelShape& shape, Range images, const TermsOf& terms_of,
                const Store& store) {
  auto [first, last] = images;
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
    Range images = block_range(chunk, shape.batch, images_per_chunk(shape));
    sum_images<kSums>(shape, images, terms_of, [&](size_t c, size_t s, float value) {
      partials[chunk * row + s * shape.channels + c] = value;
    });
  });
  std::copy_n(partials, row, out);
  for (size_t chunk = 1; chunk < chunk_count(shape); ++chunk) {
    for (size_t i = 0; i < row; ++i) out[i] += partials[chunk * row + i];
  }
  for (size_t i = 0; i < row; ++i) out[i] = canonical(out[i]);
}

template <size_t kSums, class TermsOf>
void sum_channels_atomic(Pool& pool, const ChannelShape& shape, const TermsOf& terms_of,
                         float* out) {
  std::fill_n(out, kSums * shape.channels, 0.0f);
  size_t grain = images_per_atomic_block(shape);
  launch_grid(pool, block_count(shape.batch, grain), [&](size_t block, unsigned) {
    Range images = block_range(block, shape.batch, grain);
    sum_images<kSums>(shape, images, terms_of, [&](size_t c, size_t s, float value) {
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
    Range images = block_range(chunk, shape.batch, images_per_chunk(shape));
    sum_images<kSums>(shape, images, terms_of, [&](size_t c, size_t s, float value) {
      mine[s * shape.channels + c] += value;
    });
  });
  copies.merge(pool, out);
}

}  // namespace detaudit::kernels
