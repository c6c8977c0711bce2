#pragma once

#include "kernels/cuda/atomic.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/math.h"

namespace detaudit::kernels::cuda {

// Many products of matrices, each output one chain c = fma(a(i, k), b(k, j), c) over k in order,
// whatever the tiles are: what gemm (kernels/gemm.h) and the convolutions define. A block owns a
// tile of kTile x kTile outputs; steps of kDepth go through shared memory, a thread keeps
// kOwn x kOwn chains in registers.
//
// Operands says what is multiplied; indices inside the bounds only are asked for:
//   size_t batches, rows, columns;
//   size_t depth(batch);                      length of the chains
//   float a(batch, row, k), b(batch, k, column);
//   float start(batch, row, column);          what a chain starts from
//   void store(batch, row, column, value);    NaN is kNan
//   static constexpr Order kOrderA, kOrderB;  which index is contiguous in memory
enum class TileOrder { kDepthInside, kOutputInside };

template <class Operands, unsigned kTile>
struct TileProduct {
  static constexpr unsigned kOwn = kTile / 16;  // outputs of a thread, in each direction
  static constexpr unsigned kThreads = 256;
  static constexpr unsigned kDepth = 16;
  static constexpr unsigned kLoads = kTile * kDepth / kThreads;

  // What a thread reads at once: one vector load.
  struct alignas(kOwn * sizeof(float)) Vector {
    float value[kOwn];
  };
  // A step's lines of a tile; one vector more than is used spreads a transposing store over banks.
  struct Line {
    Vector vectors[kTile / kOwn + 1];
    DETAUDIT_DEVICE float& operator[](unsigned at) { return vectors[at / kOwn].value[at % kOwn]; }
  };
  struct Shared {
    Line a[kDepth], b[kDepth];
  };
  struct Chains {
    float value[kOwn][kOwn];
  };

  Operands operands;

  DETAUDIT_DEVICE size_t across() const { return (operands.columns + kTile - 1) / kTile; }
  DETAUDIT_DEVICE size_t down() const { return (operands.rows + kTile - 1) / kTile; }

  // Where the thread's `load`th element of a shared tile comes from.
  struct Place {
    unsigned depth, line;
  };
  DETAUDIT_DEVICE static Place place(TileOrder order, unsigned thread, unsigned load) {
    const unsigned at = load * kThreads + thread;
    return order == TileOrder::kDepthInside ? Place{at % kDepth, at / kDepth}
                                            : Place{at / kTile, at % kTile};
  }

  template <class Body>
  DETAUDIT_DEVICE void each_output(unsigned thread, size_t row, size_t column,
                                   const Body& body) const {
    DETAUDIT_UNROLL
    for (unsigned i = 0; i < kOwn; ++i) {
      DETAUDIT_UNROLL
      for (unsigned j = 0; j < kOwn; ++j) {
        const size_t r = row + thread / 16 * kOwn + i, c = column + thread % 16 * kOwn + j;
        if (r < operands.rows && c < operands.columns) body(i, j, r, c);
      }
    }
  }

  DETAUDIT_DEVICE void load(unsigned thread, size_t batch, size_t row, size_t column, size_t k,
                            size_t depth, Shared& shared) const {
    DETAUDIT_UNROLL
    for (unsigned l = 0; l < kLoads; ++l) {
      const Place a = place(Operands::kOrderA, thread, l), b = place(Operands::kOrderB, thread, l);
      const bool in_a = row + a.line < operands.rows && k + a.depth < depth;
      const bool in_b = column + b.line < operands.columns && k + b.depth < depth;
      shared.a[a.depth][a.line] = in_a ? operands.a(batch, row + a.line, k + a.depth) : 0.0f;
      shared.b[b.depth][b.line] = in_b ? operands.b(batch, k + b.depth, column + b.line) : 0.0f;
    }
  }

  DETAUDIT_DEVICE static void step(unsigned thread, unsigned k, const Shared& shared,
                                   Chains& chains) {
    const Vector a = shared.a[k].vectors[thread / 16], b = shared.b[k].vectors[thread % 16];
    DETAUDIT_UNROLL
    for (unsigned i = 0; i < kOwn; ++i) {
      DETAUDIT_UNROLL
      for (unsigned j = 0; j < kOwn; ++j)
        chains.value[i][j] = fma(a.value[i], b.value[j], chains.value[i][j]);
    }
  }

  template <class Block>
  DETAUDIT_DEVICE void run(Block& block, Shared& shared) const {
    const size_t tiles = across() * down(), tile = block.index() % tiles;
    const size_t batch = block.index() / tiles;
    const size_t row = tile / across() * kTile, column = tile % across() * kTile;
    const size_t depth = operands.depth(batch);
    typename Block::template PerThread<Chains> chains;
    block.each([&](unsigned thread) {
      DETAUDIT_UNROLL
      for (unsigned i = 0; i < kOwn; ++i) {
        DETAUDIT_UNROLL
        for (unsigned j = 0; j < kOwn; ++j) chains[thread].value[i][j] = 0.0f;
      }
      each_output(thread, row, column, [&](unsigned i, unsigned j, size_t r, size_t c) {
        chains[thread].value[i][j] = operands.start(batch, r, c);
      });
    });
    for (size_t k = 0; k < depth; k += kDepth) {
      block.each([&](unsigned thread) { load(thread, batch, row, column, k, depth, shared); });
      block.each([&](unsigned thread) {
        if (depth - k >= kDepth) {
          DETAUDIT_UNROLL
          for (unsigned d = 0; d < kDepth; ++d) step(thread, d, shared, chains[thread]);
        } else {  // a zero more in a chain would not be nothing: -0 + 0 is 0
          for (unsigned d = 0; d < depth - k; ++d) step(thread, d, shared, chains[thread]);
        }
      });
    }
    block.each([&](unsigned thread) {
      each_output(thread, row, column, [&](unsigned i, unsigned j, size_t r, size_t c) {
        operands.store(batch, r, c, canonical(chains[thread].value[i][j]));
      });
    });
  }
};

// Large tiles where they fill a GPU, small ones where they would not: the chains are the same.
template <class Operands>
void launch_product(Stream& stream, const Operands& operands) {
  constexpr size_t kLarge = 64, kSmall = 32, kEnough = 128;
  const auto blocks = [&](size_t tile) {
    return operands.batches * ((operands.rows + tile - 1) / tile) *
           ((operands.columns + tile - 1) / tile);
  };
  if (blocks(kLarge) >= kEnough)
    launch(stream, blocks(kLarge), TileProduct<Operands, kLarge>{operands});
  else
    launch(stream, blocks(kSmall), TileProduct<Operands, kSmall>{operands});
}

}  // namespace detaudit::kernels::cuda
