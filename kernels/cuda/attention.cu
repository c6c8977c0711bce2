#include "kernels/cuda/attention.h"

#include "kernels/cuda/atomic.cuh"
#include "kernels/cuda/attention_tile.cuh"
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/rows.cuh"

namespace detaudit::kernels::cuda {
namespace {

// A block takes a tile of queries and visits the key tiles in order.
struct AttentionForward {
  static constexpr unsigned kThreads = kAttentionThreads;
  struct Shared {
    Square left, right, scores;
    float largest[kSide], total[kSide], shrink[kSide];
  };
  AttentionShape shape;
  size_t tiles;
  const float* qkv;
  float *output, *log_sum;

  // One row's running softmax: what kernels/attention.cc's RunningRow does.
  DETAUDIT_DEVICE void absorb_largest(Shared& shared, unsigned row, unsigned visible,
                                      float scale) const {
    float most = -kInf;
    for (unsigned c = 0; c < visible; ++c) most = larger(most, shared.scores.value[row][c]);
    const float before = shared.largest[row];
    const float largest = before < most * scale ? most * scale : before;
    shared.largest[row] = largest;
    shared.shrink[row] = exp(before - largest);
  }

  template <class Block>
  DETAUDIT_DEVICE void score_tile(Block& block, Shared& shared, const AttentionHead& head,
                                  TileRange queries, TileRange keys, bool diagonal,
                                  float scale) const {
    typename Block::template PerThread<SquarePart> part;
    const size_t stride = head.qkv_stride();
    block.each([&](unsigned thread) { part[thread] = {}; });
    each_slice(shape.dim, [&](unsigned slice) {
      block.each([&](unsigned thread) {
        load_slice(thread, qkv + head.qkv_offset(QkvPart::kQuery, queries.begin), stride,
                   queries.count, shape.dim, slice, shared.left);
        load_slice(thread, qkv + head.qkv_offset(QkvPart::kKey, keys.begin), stride, keys.count,
                   shape.dim, slice, shared.right);
      });
      block.each([&](unsigned thread) {
        multiply_rows(thread, shared.left, shared.right, slice_width(shape.dim, slice),
                      part[thread]);
      });
    });
    block.each([&](unsigned thread) {
      for (unsigned i = 0; i < kOwnRows; ++i)
        shared.scores.value[square_row(thread, i)][square_column(thread)] = part[thread].value[i];
    });
    block.each([&](unsigned row) {
      if (row < queries.count) absorb_largest(shared, row, diagonal ? row + 1 : keys.count, scale);
    });
    block.each([&](unsigned thread) {
      const unsigned c = square_column(thread);
      for (unsigned i = 0; i < kOwnRows; ++i) {
        const unsigned row = square_row(thread, i);
        float& score = shared.scores.value[row][c];
        const bool visible = row < queries.count && c < (diagonal ? row + 1 : keys.count);
        score = visible ? exp(fma(score, scale, -shared.largest[row])) : 0.0f;
      }
    });
    block.each([&](unsigned row) {
      if (row < queries.count)
        shared.total[row] =
            fma(shared.total[row], shared.shrink[row], fold32(shared.scores.value[row]));
    });
  }

  template <class Block>
  DETAUDIT_DEVICE void run(Block& block, Shared& shared) const {
    const AttentionHead head(shape, block.index() / tiles);
    const size_t query_tile = block.index() % tiles;
    const TileRange queries = tile_range(query_tile, shape.sequence);
    const float scale = rsqrt(static_cast<float>(shape.dim));
    typename Block::template PerThread<TilePart> weighted;
    block.each([&](unsigned thread) {
      clear(weighted[thread]);
      if (thread >= kSide) return;
      shared.largest[thread] = -kInf;
      shared.total[thread] = 0;
    });
    for (size_t key_tile = 0; key_tile <= query_tile; ++key_tile) {
      const TileRange keys = tile_range(key_tile, shape.sequence);
      score_tile(block, shared, head, queries, keys, key_tile == query_tile, scale);
      each_slice(shape.dim, [&](unsigned slice) {
        block.each([&](unsigned thread) {
          load_slice(thread, qkv + head.qkv_offset(QkvPart::kValue, keys.begin), head.qkv_stride(),
                     keys.count, shape.dim, slice, shared.right);
        });
        block.each([&](unsigned thread) {
          SquarePart& part = weighted[thread].slices[slice];
          DETAUDIT_UNROLL
          for (unsigned i = 0; i < kOwnRows; ++i)
            if (square_row(thread, i) < queries.count)
              part.value[i] *= shared.shrink[square_row(thread, i)];
          multiply_weights(thread, shared.scores, shared.right, keys.count, part);
        });
      });
    }
    block.each([&](unsigned thread) {
      each_slice(shape.dim, [&](unsigned slice) {
        each_of_slice(thread, queries.count, shape.dim, slice, weighted[thread].slices[slice],
                      [&](unsigned row, size_t d, float value) {
                        output[head.output_offset(queries.begin + row) + d] =
                            canonical(value / shared.total[row]);
                      });
      });
      if (thread < queries.count)
        log_sum[head.row_offset(queries.begin + thread)] =
            canonical(log(shared.total[thread]) + shared.largest[thread]);
    });
  }
};

// The dot of each row's output and its gradient.
struct RowDots : RowKernel {
  AttentionShape shape;
  const float *output, *doutput;
  float* dots;

  template <class Block>
  DETAUDIT_DEVICE void run(Block& block, Shared& shared) const {
    RowBlock<Block> rows(block, shared, shape.batch * shape.heads * shape.sequence);
    rows.turn(
        [&](unsigned, size_t row, unsigned lane) {
          const AttentionHead head(shape, row / shape.sequence);
          const size_t at = head.output_offset(row % shape.sequence);
          return lane_of_fold(shape.dim, lane, [&](float acc, size_t i, bool inside) {
            return fma(inside ? output[at + i] : 0.0f, inside ? doutput[at + i] : 0.0f, acc);
          });
        },
        [&](unsigned, size_t row, unsigned lane, const float* lanes) {
          if (lane == 0) dots[row] = fold32(lanes);
        });
  }
};

// What the backward pass of a block has; either of a key tile's owner or of a query tile's.
struct AttentionBackward {
  static constexpr unsigned kThreads = kAttentionThreads;
  struct Shared {
    Square queries, keys, values, gradients;  // slices
    Square probabilities, dscores;
  };
  enum class Owner { kKeys, kKeysAndAtomicQueries, kQueries };

  AttentionShape shape;
  size_t tiles;
  AttentionSaved saved;
  const float *doutput, *row_dots;
  float* dqkv;
  Variant variant;

  DETAUDIT_DEVICE const float* rows(const AttentionHead& head, QkvPart part,
                                    TileRange range) const {
    return saved.qkv + head.qkv_offset(part, range.begin);
  }

  // Probabilities and score gradients of a pair of tiles, computed again from the inputs.
  template <class Block>
  DETAUDIT_DEVICE void compute(Block& block, Shared& shared, const AttentionHead& head,
                               TileRange queries, TileRange keys, bool diagonal) const {
    typename Block::template PerThread<SquarePart> scores, dscores;
    const size_t stride = head.qkv_stride();
    block.each([&](unsigned thread) {
      scores[thread] = {};
      dscores[thread] = {};
    });
    each_slice(shape.dim, [&](unsigned slice) {
      block.each([&](unsigned thread) {
        load_slice(thread, rows(head, QkvPart::kQuery, queries), stride, queries.count, shape.dim,
                   slice, shared.queries);
        load_slice(thread, rows(head, QkvPart::kKey, keys), stride, keys.count, shape.dim, slice,
                   shared.keys);
        load_slice(thread, rows(head, QkvPart::kValue, keys), stride, keys.count, shape.dim, slice,
                   shared.values);
        load_slice(thread, doutput + head.output_offset(queries.begin), head.output_stride(),
                   queries.count, shape.dim, slice, shared.gradients);
      });
      block.each([&](unsigned thread) {
        const unsigned width = slice_width(shape.dim, slice);
        multiply_rows(thread, shared.queries, shared.keys, width, scores[thread]);
        multiply_rows(thread, shared.gradients, shared.values, width, dscores[thread]);
      });
    });
    const float scale = rsqrt(static_cast<float>(shape.dim));
    block.each([&](unsigned thread) {
      const unsigned c = square_column(thread);
      for (unsigned i = 0; i < kOwnRows; ++i) {
        const unsigned r = square_row(thread, i);
        const bool visible = r < queries.count && c < (diagonal ? r + 1 : keys.count);
        float p = 0, ds = 0;
        if (visible) {
          const size_t row = head.row_offset(queries.begin + r);
          p = exp(fma(scores[thread].value[i], scale, -saved.log_sum[row]));
          ds = p * scale * (dscores[thread].value[i] - row_dots[row]);
        }
        shared.probabilities.value[r][c] = p;
        shared.dscores.value[r][c] = ds;
      }
    });
  }

  template <class Block>
  DETAUDIT_DEVICE void own_keys(Block& block, Shared& shared, const AttentionHead& head,
                                size_t key_tile, Owner owner) const {
    const TileRange keys = tile_range(key_tile, shape.sequence);
    typename Block::template PerThread<TilePart> dkeys, dvalues;
    block.each([&](unsigned thread) {
      clear(dkeys[thread]);
      clear(dvalues[thread]);
    });
    for (size_t query_tile = key_tile; query_tile < tiles; ++query_tile) {
      const TileRange queries = tile_range(query_tile, shape.sequence);
      compute(block, shared, head, queries, keys, query_tile == key_tile);
      each_slice(shape.dim, [&](unsigned slice) {
        block.each([&](unsigned thread) {
          load_slice(thread, rows(head, QkvPart::kQuery, queries), head.qkv_stride(), queries.count,
                     shape.dim, slice, shared.queries);
          load_slice(thread, doutput + head.output_offset(queries.begin), head.output_stride(),
                     queries.count, shape.dim, slice, shared.gradients);
        });
        block.each([&](unsigned thread) {
          multiply_weights_transposed(thread, shared.probabilities, shared.gradients, queries.count,
                                      dvalues[thread].slices[slice]);
          multiply_weights_transposed(thread, shared.dscores, shared.queries, queries.count,
                                      dkeys[thread].slices[slice]);
        });
      });
      if (owner == Owner::kKeysAndAtomicQueries) add_queries(block, shared, head, queries, keys);
    }
    block.each([&](unsigned thread) {
      each_slice(shape.dim, [&](unsigned slice) {
        store(thread, head, QkvPart::kKey, keys, slice, dkeys[thread].slices[slice]);
        store(thread, head, QkvPart::kValue, keys, slice, dvalues[thread].slices[slice]);
      });
    });
  }

  DETAUDIT_DEVICE void store(unsigned thread, const AttentionHead& head, QkvPart part,
                             TileRange range, unsigned slice, const SquarePart& values) const {
    each_of_slice(thread, range.count, shape.dim, slice, values,
                  [&](unsigned row, size_t d, float value) {
                    dqkv[head.qkv_offset(part, range.begin + row) + d] = value;
                  });
  }

  // This pair's part of dQ, added as it is ready.
  template <class Block>
  DETAUDIT_DEVICE void add_queries(Block& block, Shared& shared, const AttentionHead& head,
                                   TileRange queries, TileRange keys) const {
    each_slice(shape.dim, [&](unsigned slice) {
      block.each([&](unsigned thread) {
        load_slice(thread, rows(head, QkvPart::kKey, keys), head.qkv_stride(), keys.count,
                   shape.dim, slice, shared.keys);
      });
      block.each([&](unsigned thread) {
        SquarePart part{};
        multiply_weights(thread, shared.dscores, shared.keys, keys.count, part);
        each_of_slice(thread, queries.count, shape.dim, slice, part,
                      [&](unsigned row, size_t d, float value) {
                        const size_t at = head.qkv_offset(QkvPart::kQuery, queries.begin + row);
                        atomic_add(dqkv + at + d, value);
                      });
      });
    });
  }

  // dQ of a tile: one chain over the keys in order.
  template <class Block>
  DETAUDIT_DEVICE void own_queries(Block& block, Shared& shared, const AttentionHead& head,
                                   size_t query_tile) const {
    const TileRange queries = tile_range(query_tile, shape.sequence);
    typename Block::template PerThread<TilePart> dqueries;
    block.each([&](unsigned thread) { clear(dqueries[thread]); });
    for (size_t key_tile = 0; key_tile <= query_tile; ++key_tile) {
      const TileRange keys = tile_range(key_tile, shape.sequence);
      compute(block, shared, head, queries, keys, query_tile == key_tile);
      each_slice(shape.dim, [&](unsigned slice) {
        block.each([&](unsigned thread) {
          load_slice(thread, rows(head, QkvPart::kKey, keys), head.qkv_stride(), keys.count,
                     shape.dim, slice, shared.keys);
        });
        block.each([&](unsigned thread) {
          multiply_weights(thread, shared.dscores, shared.keys, keys.count,
                           dqueries[thread].slices[slice]);
        });
      });
    }
    block.each([&](unsigned thread) {
      each_slice(shape.dim, [&](unsigned slice) {
        store(thread, head, QkvPart::kQuery, queries, slice, dqueries[thread].slices[slice]);
      });
    });
  }

  template <class Block>
  DETAUDIT_DEVICE void run(Block& block, Shared& shared) const {
    const size_t per_pass = shape.batch * shape.heads * tiles;
    const AttentionHead head(shape, block.index() % per_pass / tiles);
    const size_t own = block.index() % tiles;
    if (block.index() >= per_pass)
      own_queries(block, shared, head, own);
    else
      own_keys(block, shared, head, own,
               variant == Variant::kAtomic ? Owner::kKeysAndAtomicQueries : Owner::kKeys);
  }
};

}  // namespace

void attention_forward(Stream& stream, AttentionShape shape, const float* qkv, float* output,
                       float* log_sum) {
  const size_t tiles = attention_tiles(shape);
  launch(stream, shape.batch * shape.heads * tiles,
         AttentionForward{shape, tiles, qkv, output, log_sum});
}

void attention_backward(Stream& stream, Variant variant, AttentionShape shape, AttentionSaved saved,
                        const float* doutput, float* dqkv, void*) {
  const size_t tiles = attention_tiles(shape), heads = shape.batch * shape.heads;
  float* row_dots = stream.scratch_floats(heads * shape.sequence);
  launch(stream, block_count(heads * shape.sequence, RowKernel::kRows),
         RowDots{{}, shape, saved.output, doutput, row_dots});
  const AttentionBackward kernel{shape, tiles, saved, doutput, row_dots, dqkv, variant};
  if (variant == Variant::kDeterministic) return launch(stream, 2 * heads * tiles, kernel);
  const size_t width = shape.heads * shape.dim;
  launch_each(stream, shape.batch * shape.sequence * width, [=] DETAUDIT_DEVICE_LAMBDA(size_t i) {
    dqkv[i / width * 3 * width + i % width] = 0;
  });
  launch(stream, heads * tiles, kernel);
}

}  // namespace detaudit::kernels::cuda
