#include "kernels/attention.h"

#include <algorithm>

#include "kernels/atomic_add.h"
#include "kernels/attention_tile.h"
#include "kernels/gemm.h"
#include "kernels/grid.h"
#include "kernels/lanes.h"
#include "kernels/math.h"

namespace detaudit::kernels {
namespace {

using Chain = AttentionBackwardTile::Chain;

// One query row's running softmax over the key tiles.
struct RunningRow {
  float largest = -kInf, total = 0;

  // Turns `n` scores, of which `visible` count, into exponentials; returns the factor by which what
  // was summed before has to shrink.
  float absorb(float* scores, size_t n, size_t visible, float scale) {
    float before = largest;
    largest = std::max(largest, max_lanes(scores, visible) * scale);
    for (size_t c = 0; c < visible; ++c) scores[c] = exp(fma(scores[c], scale, -largest));
    std::fill(scores + visible, scores + n, 0.0f);
    float shrink = exp(before - largest);
    total = fma(total, shrink, sum_lanes(scores, n));
    return shrink;
  }
};

void forward_tile(const AttentionHead& head, size_t query_tile, const float* qkv, float* output,
                  float* log_sum) {
  float scores[kAttentionTile * kAttentionTile];
  float weighted[kAttentionTile * kAttentionMaxDim] = {};
  RunningRow rows[kAttentionTile];
  size_t dim = head.shape.dim, stride = head.qkv_stride();
  Range queries = attention_tile(head.shape, query_tile);
  size_t nq = queries.end - queries.begin;
  float scale = rsqrt(static_cast<float>(dim));
  for (size_t key_tile = 0; key_tile <= query_tile; ++key_tile) {
    Range keys = attention_tile(head.shape, key_tile);
    size_t nk = keys.end - keys.begin;
    gemm_block(Transpose::kNo, Transpose::kYes, nq, nk, dim,
               qkv + head.qkv_offset(QkvPart::kQuery, queries.begin), stride,
               qkv + head.qkv_offset(QkvPart::kKey, keys.begin), stride, scores, kAttentionTile,
               GemmOutput::kOverwrite);
    for (size_t r = 0; r < nq; ++r) {
      size_t visible = key_tile == query_tile ? r + 1 : nk;
      float shrink = rows[r].absorb(scores + r * kAttentionTile, nk, visible, scale);
      for (size_t d = 0; d < dim; ++d) weighted[r * dim + d] *= shrink;
    }
    gemm_block(Transpose::kNo, Transpose::kNo, nq, dim, nk, scores, kAttentionTile,
               qkv + head.qkv_offset(QkvPart::kValue, keys.begin), stride, weighted, dim,
               GemmOutput::kAccumulate);
  }
  for (size_t r = 0; r < nq; ++r) {
    float* y = output + head.output_offset(queries.begin + r);
    for (size_t d = 0; d < dim; ++d) y[d] = canonical(weighted[r * dim + d] / rows[r].total);
    log_sum[head.row_offset(queries.begin + r)] = canonical(log(rows[r].total) + rows[r].largest);
  }
}

// One block a key tile; dQ is shared between the key tiles of a head.
void backward_atomic(Pool& pool, AttentionShape shape, const AttentionInputs& inputs, float* dqkv) {
  size_t tiles = attention_tiles(shape);
  size_t queries_width = shape.heads * shape.dim;
  launch_elementwise(pool, shape.batch * shape.sequence, [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row)
      std::fill_n(dqkv + row * 3 * queries_width, queries_width, 0.0f);
  });
  launch_grid(pool, shape.batch * shape.heads * tiles, [&](size_t block, unsigned) {
    AttentionHead head(shape, block / tiles);
    AttentionBackwardTile tile(inputs, head);
    float partial[kAttentionTile * kAttentionMaxDim];
    for (size_t query_tile = block % tiles; query_tile < tiles; ++query_tile) {
      tile.compute(query_tile, block % tiles);
      tile.add_to_keys(dqkv);
      tile.add_to_queries(partial, shape.dim, Chain::kStart);
      for (size_t row = tile.queries().begin; row < tile.queries().end; ++row)
        atomic_add(dqkv + head.qkv_offset(QkvPart::kQuery, row),
                   partial + (row - tile.queries().begin) * shape.dim, shape.dim);
    }
  });
}

void add_queries_in_order(AttentionBackwardTile& tile, const AttentionHead& head, size_t key_tile,
                          float* dqkv) {
  tile.add_to_queries(dqkv + head.qkv_offset(QkvPart::kQuery, tile.queries().begin),
                      head.qkv_stride(), key_tile == 0 ? Chain::kStart : Chain::kContinue);
}

void backward_by_heads(Pool& pool, AttentionShape shape, const AttentionInputs& inputs,
                       float* dqkv) {
  size_t tiles = attention_tiles(shape);
  launch_grid(pool, shape.batch * shape.heads, [&](size_t index, unsigned) {
    AttentionHead head(shape, index);
    AttentionBackwardTile tile(inputs, head);
    for (size_t key_tile = 0; key_tile < tiles; ++key_tile) {
      for (size_t query_tile = key_tile; query_tile < tiles; ++query_tile) {
        tile.compute(query_tile, key_tile);
        tile.add_to_keys(dqkv);
        add_queries_in_order(tile, head, key_tile, dqkv);
      }
    }
  });
}

void backward_by_tiles(Pool& pool, AttentionShape shape, const AttentionInputs& inputs,
                       float* dqkv) {
  size_t tiles = attention_tiles(shape), per_pass = shape.batch * shape.heads * tiles;
  launch_grid(pool, 2 * per_pass, [&](size_t block, unsigned) {
    AttentionHead head(shape, block % per_pass / tiles);
    AttentionBackwardTile tile(inputs, head);
    size_t own = block % tiles;
    if (block < per_pass) {
      for (size_t query_tile = own; query_tile < tiles; ++query_tile) {
        tile.compute(query_tile, own);
        tile.add_to_keys(dqkv);
      }
    } else {
      for (size_t key_tile = 0; key_tile <= own; ++key_tile) {
        tile.compute(own, key_tile);
        add_queries_in_order(tile, head, key_tile, dqkv);
      }
    }
  });
}

// A block that owns a head saves dQ's tiles computing their scores once more (7 products instead of
// 5), but leaves workers idle in the last round. Bits do not depend on the answer.
bool heads_keep_busy(size_t heads, size_t workers) {
  return 5 * block_count(heads, workers) * workers <= 7 * heads;
}

}  // namespace

void attention_forward(Pool& pool, AttentionShape shape, const float* qkv, float* output,
                       float* log_sum) {
  size_t tiles = attention_tiles(shape);
  launch_grid(pool, shape.batch * shape.heads * tiles, [&](size_t block, unsigned) {
    forward_tile(AttentionHead(shape, block / tiles), block % tiles, qkv, output, log_sum);
  });
}

size_t attention_workspace_bytes(AttentionShape shape) {
  return shape.batch * shape.heads * shape.sequence * sizeof(float);
}

void attention_backward(Pool& pool, Variant variant, AttentionShape shape, AttentionSaved saved,
                        const float* doutput, float* dqkv, void* workspace) {
  float* row_dots = static_cast<float*>(workspace);
  attention_row_dots(pool, shape, saved.output, doutput, row_dots);
  AttentionInputs inputs{saved, doutput, row_dots};
  if (variant == Variant::kAtomic)
    backward_atomic(pool, shape, inputs, dqkv);
  else if (heads_keep_busy(shape.batch * shape.heads, pool.limit()))
    backward_by_heads(pool, shape, inputs, dqkv);
  else
    backward_by_tiles(pool, shape, inputs, dqkv);
}

}  // namespace detaudit::kernels
