#pragma once

#include <cstddef>

#include "kernels/pool.h"
#include "kernels/variant.h"

namespace detaudit::kernels {

// A float32 tensor [batch][channels][plane] seen as one column of batch * plane values a channel.
struct ChannelShape {
  size_t batch = 1, channels = 1, plane = 1;
  size_t elements() const { return batch * channels * plane; }
  size_t per_channel() const { return batch * plane; }
};

// Workspace in floats: partial sums of each chunk of images.
size_t channel_sum_workspace(const ChannelShape& shape);

// out [channels] = the sum of each channel (a convolution's bias gradient), overwritten.
// Atomic: each chunk of images adds its partial into out in arrival order.
// Deterministic (docs/determinism/channel_sum.md): chunks depend on the shape alone; partials are
// folded in index order.
void channel_sum(Pool& pool, Variant variant, const ChannelShape& shape, const float* x, float* out,
                 float* workspace);

}  // namespace detaudit::kernels
