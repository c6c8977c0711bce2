#include "kernels/cuda/digest.h"

#include <algorithm>

#include "kernels/cuda/digest.cuh"
#include "kernels/cuda/launch.cuh"

namespace detaudit::kernels::cuda {
namespace {

struct DigestLaunchKernel {
  static constexpr unsigned kThreads = kDigestThreads;
  using Shared = DigestKernel::Shared;
  DigestLaunch parameters;

  template <class Block>
  DETAUDIT_DEVICE void run(Block& block, Shared& shared) const {
    DigestKernel::run(block, shared, parameters);
  }
};

}  // namespace

Digester::Digester(Stream& stream)
    : stream_(stream),
      meetings_(
          static_cast<DigestMeeting*>(stream.allocate(kDigestBuffers * sizeof(DigestMeeting)))) {}

Digester::~Digester() { stream_.release(meetings_); }

void launch_digest(Stream& stream, DigestLaunch parameters) {
  const uint32_t blocks = plan_digest(parameters);
  if (blocks == 0) throw CudaError("digest", "more chunks than a grid has blocks");
  launch(stream, blocks, DigestLaunchKernel{parameters});
}

void Digester::digest(std::span<const DigestBuffer> buffers, DigestSlot* slots) {
  for (; !buffers.empty(); slots += kDigestBuffers) {
    DigestLaunch parameters{};
    parameters.count = static_cast<uint32_t>(std::min<size_t>(buffers.size(), kDigestBuffers));
    std::copy_n(buffers.begin(), parameters.count, parameters.buffers);
    parameters.meetings = meetings_;
    parameters.slots = slots;
    parameters.ticket = ++tickets_;
    launch_digest(stream_, parameters);
    buffers = buffers.subspan(parameters.count);
  }
}

}  // namespace detaudit::kernels::cuda
