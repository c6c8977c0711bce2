#pragma once

#include <algorithm>

#include "kernels/channel_sum.h"
#include "kernels/cuda/atomic.cuh"
#include "kernels/cuda/lanes.cuh"
#include "kernels/cuda/launch.cuh"

// Sums over the images and pixels of each channel, in the chunks and lanes of
// kernels/channel_partials.h: 16 threads take a channel of a chunk of images.
namespace detaudit::kernels::cuda {

inline constexpr unsigned kChannelLanes = 16;

inline size_t images_per_chunk(const ChannelShape& shape) {
  constexpr size_t kChunkElements = 1024;
  return std::max<size_t>(1, kChunkElements / std::max<size_t>(1, shape.plane));
}

// Floats that sum_channels wants for its partials.
template <size_t kSums>
size_t channel_partials(const ChannelShape& shape) {
  return kSums * shape.channels * block_count(shape.batch, images_per_chunk(shape));
}

// Terms has channel(c), whose add(i, inside, chains[kSums]) adds element i of x; elements that are
// not inside fill up the last eight of a plane and count as zeros.
template <size_t kSums, class Terms>
struct ChannelChunks {
  static constexpr unsigned kGroups = 8;  // channels of a block
  static constexpr unsigned kThreads = kGroups * kChannelLanes;
  struct Shared {
    float lanes[kSums][kGroups][kChannelLanes];
  };
  ChannelShape shape;
  size_t images;  // of a chunk
  Terms terms;
  float* out;  // kAtomic: [kSums][channels]; else [chunks][kSums][channels]
  Variant variant;

  DETAUDIT_DEVICE void add_plane(size_t begin, unsigned lane,
                                 const typename Terms::Channel& channel, float* chains) const {
    const size_t end = (shape.plane + 7) / 8 * 8;
    for (size_t i = lane; i < end; i += kChannelLanes)
      channel.add(begin + i, i < shape.plane, chains);
  }

  DETAUDIT_DEVICE static float fold(const float* lanes) {
    float v[8];
    DETAUDIT_UNROLL
    for (unsigned i = 0; i < 8; ++i) v[i] = lanes[i] + lanes[8 + i];
    return fold8(v);
  }

  template <class Block>
  DETAUDIT_DEVICE void run(Block& block, Shared& shared) const {
    const size_t across = (shape.channels + kGroups - 1) / kGroups;
    const size_t chunk = block.index() / across, first = block.index() % across * kGroups;
    block.each([&](unsigned thread) {
      const unsigned group = thread / kChannelLanes, lane = thread % kChannelLanes;
      const size_t c = first + group;
      if (c >= shape.channels) return;
      const typename Terms::Channel channel = terms.channel(c);
      float chains[kSums] = {};
      const size_t end = (chunk + 1) * images < shape.batch ? (chunk + 1) * images : shape.batch;
      for (size_t image = chunk * images; image < end; ++image)
        add_plane((image * shape.channels + c) * shape.plane, lane, channel, chains);
      for (size_t s = 0; s < kSums; ++s) shared.lanes[s][group][lane] = chains[s];
    });
    block.each([&](unsigned thread) {
      const unsigned group = thread / kSums, s = thread % kSums;
      const size_t c = first + group;
      if (group >= kGroups || c >= shape.channels) return;
      const float sum = fold(shared.lanes[s][group]);
      if (variant == Variant::kAtomic)
        atomic_add(out + s * shape.channels + c, sum);
      else
        out[(chunk * kSums + s) * shape.channels + c] = sum;
    });
  }
};

// out[i] = partials[0][i] + partials[1][i] + ..., in index order.
struct FoldChunks {
  size_t chunks, row;
  const float* partials;
  float* out;
  DETAUDIT_DEVICE void operator()(size_t i) const {
    float total = chunks > 0 ? partials[i] : 0.0f;
    for (size_t chunk = 1; chunk < chunks; ++chunk) total += partials[chunk * row + i];
    out[i] = canonical(total);
  }
};

// out [kSums][channels].
template <size_t kSums, class Terms>
void sum_channels(Stream& stream, Variant variant, const ChannelShape& shape, const Terms& terms,
                  float* out, float* partials) {
  using Kernel = ChannelChunks<kSums, Terms>;
  constexpr size_t kAtomicBlocks = 16;
  const size_t row = kSums * shape.channels;
  const size_t across = block_count(shape.channels, Kernel::kGroups);
  size_t images = images_per_chunk(shape);
  if (variant == Variant::kAtomic) {
    images = std::min(images, std::max<size_t>(1, shape.batch / kAtomicBlocks));
    launch_each(stream, row, [=] DETAUDIT_DEVICE_LAMBDA(size_t i) { out[i] = 0; });
    return launch(stream, block_count(shape.batch, images) * across,
                  Kernel{shape, images, terms, out, variant});
  }
  const size_t chunks = block_count(shape.batch, images);
  launch(stream, chunks * across, Kernel{shape, images, terms, partials, variant});
  launch_each(stream, row, FoldChunks{chunks, row, partials, out});
}

}  // namespace detaudit::kernels::cuda
