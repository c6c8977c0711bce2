#pragma once

#include <cstddef>
#include <cstdint>

// The digest kernel as whoever launches it sees it: plain structs, and one entry point,
// `extern "C" __global__ void detaudit_digest(DigestLaunch)`, in blocks of kDigestThreads threads.
// No CUDA header is needed.
namespace detaudit::kernels::cuda {

inline constexpr uint32_t kDigestThreads = 256;
inline constexpr uint32_t kDigestBuffers = 64;    // most of one launch
inline constexpr unsigned kDigestBufferBits = 8;  // that a buffer's number fits
inline constexpr char kDigestKernel[] = "detaudit_digest";

struct DigestBuffer {
  const void* data;  // device memory, any alignment
  uint64_t bytes;
};

// What a launch leaves for each of its buffers. The ticket is written last, after a system fence: a
// host thread that sees it in pinned memory sees the rest.
struct alignas(32) DigestSlot {
  uint64_t low, high;
  uint64_t buffer;  // which of the launch's; in a ring, which digest of it, too: above the low bits
  uint64_t ticket;  // of the launch
};

// Where the blocks of one buffer meet. Zeros before a launch, and zeros again after it. Launches
// that may overlap must not share any.
struct alignas(32) DigestMeeting {
  uint64_t low, high, chunks;
};

struct DigestLaunch {
  DigestBuffer buffers[kDigestBuffers];
  uint32_t first_block[kDigestBuffers];  // of each buffer; filled in by plan_digest
  uint32_t count;                        // of buffers, at least 1
  DigestMeeting* meetings;               // [count]
  // Slots: that of buffer i is slots[i]; or, where next_slot is given, a ring of slot_mask + 1 of
  // them that is filled in order of completion, for launches that run again in a graph.
  DigestSlot* slots;
  uint64_t* next_slot;
  uint64_t slot_mask;
  uint64_t ticket;  // not 0
};

inline constexpr uint64_t kDigestBlockBytes = 64 * 1024;  // a chunk of the digest is a block's work

// Fills in first_block; the number of blocks to launch, 0 where they are more than a grid has.
inline uint32_t plan_digest(DigestLaunch& launch) {
  uint64_t blocks = 0;
  for (uint32_t i = 0; i < launch.count; ++i) {
    if (blocks > INT32_MAX) return 0;
    launch.first_block[i] = static_cast<uint32_t>(blocks);
    const uint64_t chunks = (launch.buffers[i].bytes + kDigestBlockBytes - 1) / kDigestBlockBytes;
    blocks += chunks > 0 ? chunks : 1;
  }
  return blocks > INT32_MAX ? 0 : static_cast<uint32_t>(blocks);
}

}  // namespace detaudit::kernels::cuda
