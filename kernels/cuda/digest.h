#pragma once

#include <span>

#include "kernels/cuda/digest_launch.h"
#include "kernels/cuda/stream.h"

namespace detaudit::kernels::cuda {

// Launches the kernel with the caller's parameters; plan_digest is called here. Throws CudaError.
void launch_digest(Stream& stream, DigestLaunch parameters);

// Digests device buffers on a stream: the bits of kernels::digest, and no copy of the data.
class Digester {
 public:
  explicit Digester(Stream& stream);
  ~Digester();
  Digester(const Digester&) = delete;
  Digester& operator=(const Digester&) = delete;

  // slots[i], in pinned or device memory, takes the digest of buffers[i] when the stream gets
  // there. One launch for every kDigestBuffers buffers.
  void digest(std::span<const DigestBuffer> buffers, DigestSlot* slots);

 private:
  Stream& stream_;
  DigestMeeting* meetings_;
  uint64_t tickets_ = 0;
};

}  // namespace detaudit::kernels::cuda
