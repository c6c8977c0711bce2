#include "kernels/channel_sum.h"

#include "kernels/channel_partials.h"
#include "kernels/private_merge_image.h"

namespace detaudit::kernels {
namespace {

auto identity_terms(const float* x) {
  return [x](size_t) { return [x](auto at, Lanes* chains) { chains[0] += at(x); }; };
}

}  // namespace

size_t channel_sum_workspace(const ChannelShape& shape) {
  return chunk_count(shape) * shape.channels;
}

void channel_sum(Pool& pool, Variant variant, const ChannelShape& shape, const float* x, float* out,
                 float* workspace) {
  if (variant == Variant::kAtomic) {
    sum_channels_atomic<1>(pool, shape, identity_terms(x), out);
  } else {
    sum_channels_ordered<1>(pool, shape, identity_terms(x), out, workspace);
  }
}

void channel_sum_private(Pool& pool, const ChannelShape& shape, const float* x, float* out,
                         PrivateCopies& copies) {
  sum_channels_private<1>(pool, shape, identity_terms(x), out, copies);
}

}  // namespace detaudit::kernels
