#include <bit>
#include <utility>

#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/scatter_add.h"
#include "kernels/pool.h"

namespace detaudit::kernels::cuda {
namespace {

constexpr unsigned kDigitBits = 4, kDigits = 1u << kDigitBits;
constexpr unsigned kSortThreads = 256;
constexpr unsigned kOwn = 4;  // records of a thread, neighbours
constexpr size_t kTile = kSortThreads * kOwn;

// Exclusive sums of what the threads of a block hold, by doubling distances.
struct BlockScan {
  uint32_t sums[2][kSortThreads];

  // Phases: every thread has left its value in sums[0]; afterwards before(thread) is the sum of the
  // values of the threads before it.
  template <class Block>
  DETAUDIT_DEVICE void run(Block& block) {
    for (unsigned distance = 1, from = 0; distance < kSortThreads; distance *= 2, from ^= 1)
      block.each([&](unsigned thread) {
        sums[from ^ 1][thread] =
            sums[from][thread] + (thread >= distance ? sums[from][thread - distance] : 0);
      });
  }
  static constexpr unsigned kLast = std::bit_width(kSortThreads - 1) % 2;
  DETAUDIT_DEVICE uint32_t before(unsigned thread) const {
    return thread > 0 ? sums[kLast][thread - 1] : 0;
  }
  DETAUDIT_DEVICE uint32_t total() const { return sums[kLast][kSortThreads - 1]; }
};

// One digit of the keys of records `from` (null: 0 .. n-1).
struct Pass {
  size_t n;
  const int32_t* keys;
  const uint32_t* from;
  unsigned shift;

  DETAUDIT_DEVICE uint32_t record(size_t i) const {
    return from ? from[i] : static_cast<uint32_t>(i);
  }
  DETAUDIT_DEVICE uint32_t digit(uint32_t record) const {
    return static_cast<uint32_t>(keys[record]) >> shift & (kDigits - 1);
  }
};

// How many records of each digit every thread of a tile has, digit after digit, thread after
// thread; summed in that order they say where a thread's first record of a digit goes in the tile.
struct TileCounts {
  uint16_t counts[kDigits * kSortThreads];
  BlockScan scan;

  DETAUDIT_DEVICE uint16_t& of(unsigned digit, unsigned thread) {
    return counts[digit * kSortThreads + thread];
  }
  DETAUDIT_DEVICE void count(const Pass& pass, size_t begin, unsigned thread) {
    for (unsigned digit = 0; digit < kDigits; ++digit) of(digit, thread) = 0;
    for (size_t i = begin; i < begin + kOwn && i < pass.n; ++i)
      ++of(pass.digit(pass.record(i)), thread);
  }
  // Counts become exclusive sums.
  template <class Block>
  DETAUDIT_DEVICE void sum_up(Block& block) {
    block.each([&](unsigned thread) {  // kDigits neighbouring counts each
      uint32_t sum = 0;
      for (unsigned i = 0; i < kDigits; ++i) sum += counts[thread * kDigits + i];
      scan.sums[0][thread] = sum;
    });
    scan.run(block);
    block.each([&](unsigned thread) {
      uint32_t sum = scan.before(thread);
      for (unsigned i = 0; i < kDigits; ++i) {
        const uint16_t own = counts[thread * kDigits + i];
        counts[thread * kDigits + i] = static_cast<uint16_t>(sum);
        sum += own;
      }
    });
  }
};

// counts[digit][tile]: records of the digit in the tile.
struct CountDigits {
  static constexpr unsigned kThreads = kSortThreads;
  using Shared = TileCounts;
  Pass pass;
  size_t tiles;
  uint32_t* counts;

  template <class Block>
  DETAUDIT_DEVICE void run(Block& block, Shared& shared) const {
    const size_t tile = block.index(), left = pass.n - tile * kTile;
    const auto size = static_cast<uint32_t>(left < kTile ? left : kTile);
    block.each([&](unsigned thread) { shared.count(pass, tile * kTile + thread * kOwn, thread); });
    shared.sum_up(block);
    block.each([&](unsigned digit) {
      if (digit >= kDigits) return;
      const uint32_t end = digit + 1 < kDigits ? shared.of(digit + 1, 0) : size;
      counts[digit * tiles + tile] = end - shared.of(digit, 0);
    });
  }
};

// All counts become exclusive sums, in one block.
struct SumCounts {
  static constexpr unsigned kThreads = kSortThreads;
  using Shared = BlockScan;
  size_t n;
  uint32_t* counts;

  template <class Block>
  DETAUDIT_DEVICE void run(Block& block, Shared& shared) const {
    uint32_t before = 0;
    for (size_t begin = 0; begin < n; begin += kThreads) {
      block.each([&](unsigned thread) {
        shared.sums[0][thread] = begin + thread < n ? counts[begin + thread] : 0;
      });
      shared.run(block);
      block.each([&](unsigned thread) {
        if (begin + thread < n) counts[begin + thread] = before + shared.before(thread);
      });
      before += shared.total();
      block.each([](unsigned) {});  // nobody writes the sums while another reads the total
    }
  }
};

struct PlaceRecords {
  static constexpr unsigned kThreads = kSortThreads;
  struct Shared {
    TileCounts tile;
    uint32_t first[kDigits];  // where the tile's first record of a digit goes, less its sum
  };
  Pass pass;
  size_t tiles;
  const uint32_t* positions;
  uint32_t* to;

  template <class Block>
  DETAUDIT_DEVICE void run(Block& block, Shared& shared) const {
    const size_t tile = block.index();
    block.each(
        [&](unsigned thread) { shared.tile.count(pass, tile * kTile + thread * kOwn, thread); });
    shared.tile.sum_up(block);
    block.each([&](unsigned digit) {
      if (digit < kDigits)
        shared.first[digit] = positions[digit * tiles + tile] - shared.tile.of(digit, 0);
    });
    block.each([&](unsigned thread) {
      const size_t begin = tile * kTile + thread * kOwn;
      for (size_t i = begin; i < begin + kOwn && i < pass.n; ++i) {
        const uint32_t record = pass.record(i), digit = pass.digit(record);
        to[shared.first[digit] + shared.tile.of(digit, thread)++] = record;
      }
    });
  }
};

}  // namespace

size_t index_sort_counts(size_t n) { return block_count(n, kTile) * kDigits; }

void index_sort(Stream& stream, size_t n, const int32_t* keys, size_t key_limit, uint32_t* order,
                uint32_t* other, uint32_t* counts) {
  const size_t tiles = block_count(n, kTile);
  const unsigned bits = key_limit > 1 ? std::bit_width(key_limit - 1) : 0;
  const unsigned passes = bits == 0 ? 1 : (bits + kDigitBits - 1) / kDigitBits;
  Pass pass{n, keys, nullptr, 0};
  for (unsigned i = 0; i < passes; ++i, pass.shift += kDigitBits) {
    uint32_t* to = (passes - i) % 2 == 1 ? order : other;  // the last pass ends in `order`
    launch(stream, tiles, CountDigits{pass, tiles, counts});
    launch(stream, 1, SumCounts{tiles * kDigits, counts});
    launch(stream, tiles, PlaceRecords{pass, tiles, counts, to});
    pass.from = to;
  }
}

}  // namespace detaudit::kernels::cuda
