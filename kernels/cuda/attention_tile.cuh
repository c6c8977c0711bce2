#pragma once

#include "kernels/attention_tile.h"
#include "kernels/cuda/lanes.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/math.h"

// Tiles of 32 queries by 32 keys, as in kernels/attention_tile.h, and slices of 32 of a head's
// features, for blocks of 256 threads: a thread has one column and every eighth row of a square.
namespace detaudit::kernels::cuda {

inline constexpr unsigned kSide = kAttentionTile;
inline constexpr unsigned kAttentionThreads = 256;
inline constexpr unsigned kRowStep = kAttentionThreads / kSide;
inline constexpr unsigned kOwnRows = kSide / kRowStep;
inline constexpr unsigned kMostSlices = kAttentionMaxDim / kSide;

// Rows are a float longer than they are used: a column meets no bank twice.
struct Square {
  float value[kSide][kSide + 1];
};

DETAUDIT_DEVICE unsigned square_column(unsigned thread) { return thread % kSide; }
DETAUDIT_DEVICE unsigned square_row(unsigned thread, unsigned i) {
  return thread / kSide + i * kRowStep;
}

// A thread's part of a square, and of all slices of a tile's gradient.
struct SquarePart {
  float value[kOwnRows];
};
struct TilePart {
  SquarePart slices[kMostSlices];
};

struct TileRange {
  unsigned begin, count;
};
DETAUDIT_DEVICE TileRange tile_range(size_t tile, size_t sequence) {
  const size_t begin = tile * kSide, left = sequence - begin;
  return {static_cast<unsigned>(begin), static_cast<unsigned>(left < kSide ? left : kSide)};
}
DETAUDIT_DEVICE unsigned slices_of(size_t dim) {
  return static_cast<unsigned>((dim + kSide - 1) / kSide);
}
DETAUDIT_DEVICE unsigned slice_width(size_t dim, unsigned slice) {
  const size_t left = dim - slice * kSide;
  return static_cast<unsigned>(left < kSide ? left : kSide);
}

// square[row][feature] of a slice of `rows` rows, `stride` apart; zeros beyond.
DETAUDIT_DEVICE void load_slice(unsigned thread, const float* first, size_t stride, unsigned rows,
                                size_t dim, unsigned slice, Square& square) {
  const unsigned d = square_column(thread), width = slice_width(dim, slice);
  DETAUDIT_UNROLL
  for (unsigned i = 0; i < kOwnRows; ++i) {
    const unsigned row = square_row(thread, i);
    square.value[row][d] = row < rows && d < width ? first[row * stride + slice * kSide + d] : 0.0f;
  }
}

// part(row, column) = chain over `width` features of a[row] * b[column], going on.
DETAUDIT_DEVICE void multiply_rows(unsigned thread, const Square& a, const Square& b,
                                   unsigned width, SquarePart& part) {
  const unsigned column = square_column(thread);
  for (unsigned d = 0; d < width; ++d) {
    DETAUDIT_UNROLL
    for (unsigned i = 0; i < kOwnRows; ++i)
      part.value[i] = fma(a.value[square_row(thread, i)][d], b.value[column][d], part.value[i]);
  }
}

// part(row, feature) = chain over `steps` of a[row][step] * b[step][feature], going on.
DETAUDIT_DEVICE void multiply_weights(unsigned thread, const Square& a, const Square& b,
                                      unsigned steps, SquarePart& part) {
  const unsigned d = square_column(thread);
  for (unsigned step = 0; step < steps; ++step) {
    DETAUDIT_UNROLL
    for (unsigned i = 0; i < kOwnRows; ++i)
      part.value[i] = fma(a.value[square_row(thread, i)][step], b.value[step][d], part.value[i]);
  }
}

// The same of a's columns: a[step][row].
DETAUDIT_DEVICE void multiply_weights_transposed(unsigned thread, const Square& a, const Square& b,
                                                 unsigned steps, SquarePart& part) {
  const unsigned d = square_column(thread);
  for (unsigned step = 0; step < steps; ++step) {
    DETAUDIT_UNROLL
    for (unsigned i = 0; i < kOwnRows; ++i)
      part.value[i] = fma(a.value[step][square_row(thread, i)], b.value[step][d], part.value[i]);
  }
}

// body(row, feature of the head, its value) for a thread's part of a slice.
template <class Body>
DETAUDIT_DEVICE void each_of_slice(unsigned thread, unsigned rows, size_t dim, unsigned slice,
                                   const SquarePart& part, const Body& body) {
  const unsigned d = square_column(thread);
  if (d >= slice_width(dim, slice)) return;
  DETAUDIT_UNROLL
  for (unsigned i = 0; i < kOwnRows; ++i) {
    const unsigned row = square_row(thread, i);
    if (row < rows) body(row, slice * kSide + d, canonical(part.value[i]));
  }
}

DETAUDIT_DEVICE void clear(TilePart& part) {
  DETAUDIT_UNROLL
  for (unsigned s = 0; s < kMostSlices; ++s) {
    DETAUDIT_UNROLL
    for (unsigned i = 0; i < kOwnRows; ++i) part.slices[s].value[i] = 0;
  }
}

// body(slice) for the slices of a head, with an index that stays in registers.
template <class Body>
DETAUDIT_DEVICE void each_slice(size_t dim, const Body& body) {
  DETAUDIT_UNROLL
  for (unsigned slice = 0; slice < kMostSlices; ++slice)
    if (slice < slices_of(dim)) body(slice);
}

}  // namespace detaudit::kernels::cuda
