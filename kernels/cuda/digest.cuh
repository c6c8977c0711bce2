#pragma once

#include <cstring>

#include "kernels/cuda/atomic.cuh"
#include "kernels/cuda/digest_launch.h"
#include "kernels/digest_mix.h"
#include "kernels/target.h"

// The digest of docs/digest.md on a GPU. A block takes a chunk. Its threads take the chunk's pieces
// of 16 bytes, two neighbouring words each, in turn: a thread's lanes never change and its stripes
// are kStripesATurn apart. Only what a chunk adds up to leaves the block.
//
// Work of a piece: one load of 16 bytes, and for each of its two words an xor and an addition of
// the key (two 32-bit instructions each), one 32 x 32 + 64 multiply-add, and two 64-bit additions:
// 18 integer instructions for 16 bytes.
namespace detaudit::kernels::cuda {

struct Piece {
  uint64_t first, second;
};

enum class DigestAlignment { kSixteen, kFour, kNone };

DETAUDIT_DEVICE DigestAlignment digest_alignment(const void* data) {
  const auto address = reinterpret_cast<uintptr_t>(data);
  if (address % 16 == 0) return DigestAlignment::kSixteen;
  return address % 4 == 0 ? DigestAlignment::kFour : DigestAlignment::kNone;
}

DETAUDIT_DEVICE uint64_t join(uint32_t low, uint32_t high) {
  return static_cast<uint64_t>(high) << 32 | low;
}

// A whole piece. kNone reads the aligned words around it: each holds a byte of the piece, so none
// lies in a page that the buffer does not touch.
template <DigestAlignment kAlignment>
DETAUDIT_DEVICE Piece load_piece(const unsigned char* at) {
  if constexpr (kAlignment == DigestAlignment::kSixteen) {
#ifdef __CUDACC__
    const ulonglong2 both = __ldg(reinterpret_cast<const ulonglong2*>(at));
    return {both.x, both.y};
#else
    Piece piece;
    std::memcpy(&piece, at, sizeof piece);
    return piece;
#endif
  } else if constexpr (kAlignment == DigestAlignment::kFour) {
    const auto* words = reinterpret_cast<const uint32_t*>(at);
    return {join(words[0], words[1]), join(words[2], words[3])};
  } else {
    const auto beyond = static_cast<unsigned>(reinterpret_cast<uintptr_t>(at) % 4);
    const auto* words = reinterpret_cast<const uint32_t*>(at - beyond);
    uint32_t shifted[4];
    DETAUDIT_UNROLL
    for (int i = 0; i < 4; ++i)
      shifted[i] = static_cast<uint32_t>(join(words[i], words[i + 1]) >> (8 * beyond));
    return {join(shifted[0], shifted[1]), join(shifted[2], shifted[3])};
  }
}

// The first `bytes` < 16 bytes of a piece, zeros after them.
DETAUDIT_DEVICE Piece load_head(const unsigned char* at, uint64_t bytes) {
  uint64_t words[2] = {0, 0};
  DETAUDIT_UNROLL
  for (unsigned i = 0; i < 16; ++i)
    if (i < bytes) words[i / 8] |= static_cast<uint64_t>(at[i]) << (8 * (i % 8));
  return {words[0], words[1]};
}

// sum + a * b, in one instruction.
DETAUDIT_DEVICE uint64_t multiply_add(uint32_t a, uint32_t b, uint64_t sum) {
#ifdef __CUDA_ARCH__
  uint64_t result;
  asm("mad.wide.u32 %0, %1, %2, %3;" : "=l"(result) : "r"(a), "r"(b), "l"(sum));
  return result;
#else
  return sum + static_cast<uint64_t>(a) * b;
#endif
}

// One lane of a thread: what docs/digest.md sums, over every kStripesATurn-th stripe.
struct DigestLane {
  uint64_t key, step;
  uint64_t product = 0, ranked = 0, sum = 0;

  DETAUDIT_DEVICE void add(uint64_t word) {
    const uint64_t x = word ^ key;
    key += step;
    product = multiply_add(static_cast<uint32_t>(x), static_cast<uint32_t>(x >> 32), product);
    ranked += product;
    sum += x;
  }
};

struct DigestKernel {
  static constexpr unsigned kThreads = kDigestThreads;
  static constexpr unsigned kLanes = 8, kKinds = 3;
  static constexpr unsigned kPiecesAStripe = kLanes / 2;
  static constexpr unsigned kStripesATurn = kThreads / kPiecesAStripe;
  static constexpr unsigned kTurns = kDigestBlockBytes / (16 * kThreads);
  static constexpr unsigned kLoadsAhead = 8;
  static constexpr unsigned kSegments = 8;

  struct Shared {
    uint64_t threads[kKinds][kStripesATurn * kLanes];  // product, weighted, sum of every thread
    uint64_t segments[kKinds][kSegments * kLanes];
    digest_parts::Words lanes[kLanes];
  };

  // A block's chunk.
  struct Chunk {
    uint32_t buffer;
    uint64_t index, count;  // of the buffer's chunks
    const unsigned char* data;
    uint64_t bytes;
  };

  DETAUDIT_DEVICE static Chunk chunk_of(const DigestLaunch& launch, uint64_t block) {
    uint32_t low = 0, high = launch.count;  // the last buffer whose first block is not after
    while (high - low > 1) {
      const uint32_t middle = (low + high) / 2;
      (launch.first_block[middle] <= block ? low : high) = middle;
    }
    const DigestBuffer& buffer = launch.buffers[low];
    const uint64_t index = block - launch.first_block[low], begin = index * kDigestBlockBytes;
    const uint64_t left = buffer.bytes - begin;
    return {low, index, (buffer.bytes + kDigestBlockBytes - 1) / kDigestBlockBytes,
            static_cast<const unsigned char*>(buffer.data) + begin,
            left < kDigestBlockBytes ? left : kDigestBlockBytes};
  }

  template <DigestAlignment kAlignment>
  DETAUDIT_DEVICE static void add_whole_chunk(const unsigned char* data, unsigned thread,
                                              DigestLane& first, DigestLane& second) {
    DETAUDIT_UNROLL
    for (unsigned turn = 0; turn < kTurns; turn += kLoadsAhead) {
      Piece pieces[kLoadsAhead];
      DETAUDIT_UNROLL
      for (unsigned i = 0; i < kLoadsAhead; ++i)
        pieces[i] = load_piece<kAlignment>(data + 16 * (thread + (turn + i) * kThreads));
      DETAUDIT_UNROLL
      for (unsigned i = 0; i < kLoadsAhead; ++i) {
        first.add(pieces[i].first);
        second.add(pieces[i].second);
      }
    }
  }

  // Of a shorter chunk; the last stripe is filled up with zeros. Gives how many pieces it took.
  template <DigestAlignment kAlignment>
  DETAUDIT_DEVICE static unsigned add_short_chunk(const Chunk& chunk, unsigned thread,
                                                  DigestLane& first, DigestLane& second) {
    const auto bytes = static_cast<unsigned>(chunk.bytes);
    const unsigned pieces = (bytes + 63) / 64 * kPiecesAStripe;
    unsigned taken = 0;
    for (unsigned piece = thread; piece < pieces; piece += kThreads, ++taken) {
      const unsigned at = 16 * piece;
      const Piece words = at + 16 <= bytes
                              ? load_piece<kAlignment>(chunk.data + at)
                              : load_head(chunk.data + at, at < bytes ? bytes - at : 0);
      first.add(words.first);
      second.add(words.second);
    }
    return taken;
  }

  template <DigestAlignment kAlignment>
  DETAUDIT_DEVICE static unsigned add_pieces(const Chunk& chunk, unsigned thread, DigestLane& first,
                                             DigestLane& second) {
    if (chunk.bytes < kDigestBlockBytes)
      return add_short_chunk<kAlignment>(chunk, thread, first, second);
    add_whole_chunk<kAlignment>(chunk.data, thread, first, second);
    return kTurns;
  }

  DETAUDIT_DEVICE static DigestLane start_lane(unsigned lane, unsigned stripe) {
    const uint64_t stride = digest_parts::key_stride(lane);
    return {digest_parts::first_key(lane) + stripe * stride, kStripesATurn * stride};
  }

  DETAUDIT_DEVICE static void accumulate(const Chunk& chunk, unsigned thread, Shared& shared) {
    const unsigned lane = 2 * (thread % kPiecesAStripe), stripe = thread / kPiecesAStripe;
    DigestLane first = start_lane(lane, stripe), second = start_lane(lane + 1, stripe);
    unsigned taken = 0;
    switch (digest_alignment(chunk.data)) {
      case DigestAlignment::kSixteen:
        taken = add_pieces<DigestAlignment::kSixteen>(chunk, thread, first, second);
        break;
      case DigestAlignment::kFour:
        taken = add_pieces<DigestAlignment::kFour>(chunk, thread, first, second);
        break;
      case DigestAlignment::kNone:
        taken = add_pieces<DigestAlignment::kNone>(chunk, thread, first, second);
        break;
    }
    // A term's weight is S - stripe - kStripesATurn * turn: `ranked` has taken - turn of it.
    const uint64_t stripes = (chunk.bytes + 63) / 64;
    const uint64_t rest = stripes - stripe - uint64_t{kStripesATurn} * taken;
    uint64_t* product = shared.threads[0] + 2 * thread;
    uint64_t* weighted = shared.threads[1] + 2 * thread;
    uint64_t* sum = shared.threads[2] + 2 * thread;
    product[0] = first.product, product[1] = second.product;
    weighted[0] = rest * first.product + kStripesATurn * first.ranked;
    weighted[1] = rest * second.product + kStripesATurn * second.ranked;
    sum[0] = first.sum, sum[1] = second.sum;
  }

  // Kind and lane of thread u are u / 64 and u % 8; of its 64 stripes' sums every eighth is its.
  DETAUDIT_DEVICE static void add_segment(unsigned thread, Shared& shared) {
    constexpr unsigned kColumns = kSegments * kLanes;
    if (thread >= kKinds * kColumns) return;
    const uint64_t* from = shared.threads[thread / kColumns] + thread % kColumns;
    uint64_t total = 0;
    DETAUDIT_UNROLL
    for (unsigned i = 0; i < kStripesATurn / kSegments; ++i) total += from[i * kColumns];
    shared.segments[thread / kColumns][thread % kColumns] = total;
  }

  DETAUDIT_DEVICE static void seal_lane(unsigned lane, Shared& shared) {
    if (lane >= kLanes) return;
    uint64_t kinds[kKinds] = {0, 0, 0};
    DETAUDIT_UNROLL
    for (unsigned kind = 0; kind < kKinds; ++kind) {
      DETAUDIT_UNROLL
      for (unsigned i = 0; i < kSegments; ++i)
        kinds[kind] += shared.segments[kind][i * kLanes + lane];
    }
    shared.lanes[lane] = digest_parts::seal_lane(
        digest_parts::low_salt(lane), digest_parts::high_salt(lane), kinds[0], kinds[1], kinds[2]);
  }

  DETAUDIT_DEVICE static void store(const DigestLaunch& launch, const Chunk& chunk,
                                    digest_parts::Words sum) {
    const digest_parts::Words digest =
        digest_parts::finish(sum, launch.buffers[chunk.buffer].bytes);
    const bool ring = launch.next_slot != nullptr;
    const uint64_t number = ring ? atomic_take(launch.next_slot, 1) : 0;
    DigestSlot& slot = launch.slots[ring ? number & launch.slot_mask : chunk.buffer];
    slot.low = digest.low;
    slot.high = digest.high;
    slot.buffer = number << kDigestBufferBits | chunk.buffer;
    publish(&slot.ticket, launch.ticket);
  }

  // By one thread: adds the chunk to its buffer; whoever adds the last one finishes the digest.
  DETAUDIT_DEVICE static void deliver(const DigestLaunch& launch, const Chunk& chunk,
                                      const Shared& shared) {
    digest_parts::Words sum{0, 0};
    if (chunk.count > 0) {
      DETAUDIT_UNROLL
      for (unsigned lane = 0; lane < kLanes; ++lane) {
        sum.low += shared.lanes[lane].low;
        sum.high += shared.lanes[lane].high;
      }
      sum = digest_parts::place_chunk(sum, chunk.index, chunk.bytes);
    }
    if (chunk.count > 1) {
      DigestMeeting& meeting = launch.meetings[chunk.buffer];
      atomic_add(&meeting.low, sum.low);
      atomic_add(&meeting.high, sum.high);
      if (atomic_take(&meeting.chunks, 1) + 1 < chunk.count) return;
      sum = {atomic_clear(&meeting.low), atomic_clear(&meeting.high)};
      atomic_clear(&meeting.chunks);
    }
    store(launch, chunk, sum);
  }

  template <class Block>
  DETAUDIT_DEVICE static void run(Block& block, Shared& shared, const DigestLaunch& launch) {
    const Chunk chunk = chunk_of(launch, block.index());
    block.each([&](unsigned thread) { accumulate(chunk, thread, shared); });
    block.each([&](unsigned thread) { add_segment(thread, shared); });
    block.each([&](unsigned thread) { seal_lane(thread, shared); });
    block.each([&](unsigned thread) {
      if (thread == 0) deliver(launch, chunk, shared);
    });
  }
};

}  // namespace detaudit::kernels::cuda
