#include "kernels/index_sort.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "kernels/grid.h"

namespace detaudit::kernels {
namespace {

constexpr unsigned kMaxDigitBits = 11;
constexpr size_t kMaxChunks = 64;

size_t chunk_records(size_t n) { return std::max<size_t>(4096, block_count(n, kMaxChunks)); }

// One pass: `to` = the records of `from` (null: 0 .. n-1) sorted by one digit of their keys.
struct DigitPass {
  const int32_t* keys;
  const uint32_t* from;
  uint32_t* to;
  unsigned shift, bits;

  uint32_t record(size_t i) const { return from ? from[i] : static_cast<uint32_t>(i); }
  uint32_t digit(uint32_t record) const {
    return (static_cast<uint32_t>(keys[record]) >> shift) & ((1u << bits) - 1);
  }
};

// counts[chunk][digit] become the position where that chunk's first record of that digit goes.
void counts_to_positions(size_t chunks, size_t digits, uint32_t* counts) {
  uint32_t position = 0;
  for (size_t digit = 0; digit < digits; ++digit)
    for (size_t chunk = 0; chunk < chunks; ++chunk)
      position += std::exchange(counts[chunk * digits + digit], position);
}

void run_pass(Pool& pool, const DigitPass& pass, size_t n, uint32_t* counts) {
  size_t grain = chunk_records(n), chunks = block_count(n, grain), digits = size_t{1} << pass.bits;
  launch_grid(pool, chunks, [&](size_t chunk, unsigned) {
    Range range = block_range(chunk, n, grain);
    uint32_t* own = counts + chunk * digits;
    std::fill_n(own, digits, 0u);
    for (size_t i = range.begin; i < range.end; ++i) ++own[pass.digit(pass.record(i))];
  });
  counts_to_positions(chunks, digits, counts);
  launch_grid(pool, chunks, [&](size_t chunk, unsigned) {
    Range range = block_range(chunk, n, grain);
    uint32_t* own = counts + chunk * digits;
    for (size_t i = range.begin; i < range.end; ++i) {
      uint32_t record = pass.record(i);
      pass.to[own[pass.digit(record)]++] = record;
    }
  });
}

}  // namespace

size_t index_sort_workspace_bytes(size_t n) {
  return (n + (kMaxChunks << kMaxDigitBits)) * sizeof(uint32_t);
}

void index_sort(Pool& pool, size_t n, const int32_t* keys, size_t key_limit, uint32_t* order,
                void* workspace) {
  uint32_t* other = static_cast<uint32_t*>(workspace);
  uint32_t* counts = other + n;
  unsigned key_bits = key_limit > 1 ? std::bit_width(key_limit - 1) : 0;
  unsigned passes = (key_bits + kMaxDigitBits - 1) / kMaxDigitBits;
  if (passes == 0) return std::iota(order, order + n, 0u);
  unsigned bits = (key_bits + passes - 1) / passes;
  const uint32_t* from = nullptr;
  for (unsigned pass = 0; pass < passes; ++pass) {
    uint32_t* to = (passes - pass) % 2 == 1 ? order : other;  // the last pass ends in `order`
    run_pass(pool, {keys, from, to, pass * bits, bits}, n, counts);
    from = to;
  }
}

}  // namespace detaudit::kernels
