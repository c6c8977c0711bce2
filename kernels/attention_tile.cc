#include "kernels/attention_tile.h"

#include <algorithm>

#include "kernels/gemm.h"
#include "kernels/grid.h"
#include "kernels/lanes.h"
#include "kernels/math.h"

namespace detaudit::kernels {

void attention_row_dots(Pool& pool, AttentionShape shape, const float* output, const float* doutput,
                        float* row_dots) {
  launch_grid(pool, shape.batch * shape.heads, [&](size_t index, unsigned) {
    AttentionHead head(shape, index);
    for (size_t row = 0; row < shape.sequence; ++row) {
      const float* y = output + head.output_offset(row);
      const float* dy = doutput + head.output_offset(row);
      row_dots[head.row_offset(row)] =
          fold_lanes(shape.dim, [=](Lanes acc, auto at) { return fma(at(y), at(dy), acc); });
    }
  });
}

void AttentionBackwardTile::compute(size_t query_tile, size_t key_tile) {
  queries_ = attention_tile(head_.shape, query_tile);
  keys_ = attention_tile(head_.shape, key_tile);
  size_t nq = queries_.end - queries_.begin, nk = keys_.end - keys_.begin;
  size_t dim = head_.shape.dim, stride = head_.qkv_stride();
  const float* qkv = inputs_.saved.qkv;
  const float* keys = qkv + head_.qkv_offset(QkvPart::kKey, keys_.begin);
  const float* values = qkv + head_.qkv_offset(QkvPart::kValue, keys_.begin);
  gemm_block(Transpose::kNo, Transpose::kYes, nq, nk, dim,
             qkv + head_.qkv_offset(QkvPart::kQuery, queries_.begin), stride, keys, stride,
             probabilities_, kAttentionTile, GemmOutput::kOverwrite);
  gemm_block(Transpose::kNo, Transpose::kYes, nq, nk, dim,
             inputs_.doutput + head_.output_offset(queries_.begin), head_.output_stride(), values,
             stride, dscores_, kAttentionTile, GemmOutput::kOverwrite);
  float scale = rsqrt(static_cast<float>(dim));
  for (size_t r = 0; r < nq; ++r) {
    size_t row = head_.row_offset(queries_.begin + r);
    float log_sum = inputs_.saved.log_sum[row], row_dot = inputs_.row_dots[row];
    size_t visible = query_tile == key_tile ? r + 1 : nk;
    float* p = probabilities_ + r * kAttentionTile;
    float* ds = dscores_ + r * kAttentionTile;
    for (size_t c = 0; c < visible; ++c) {
      p[c] = exp(fma(p[c], scale, -log_sum));
      ds[c] = p[c] * scale * (ds[c] - row_dot);
    }
    std::fill(p + visible, p + nk, 0.0f);
    std::fill(ds + visible, ds + nk, 0.0f);
  }
}

void AttentionBackwardTile::add_to_keys(float* dqkv) const {
  size_t nq = queries_.end - queries_.begin, nk = keys_.end - keys_.begin;
  size_t dim = head_.shape.dim, stride = head_.qkv_stride();
  bool first = queries_.begin == keys_.begin;
  GemmOutput output = first ? GemmOutput::kOverwrite : GemmOutput::kAccumulate;
  gemm_block(Transpose::kYes, Transpose::kNo, nk, dim, nq, probabilities_, kAttentionTile,
             inputs_.doutput + head_.output_offset(queries_.begin), head_.output_stride(),
             dqkv + head_.qkv_offset(QkvPart::kValue, keys_.begin), stride, output);
  gemm_block(Transpose::kYes, Transpose::kNo, nk, dim, nq, dscores_, kAttentionTile,
             inputs_.saved.qkv + head_.qkv_offset(QkvPart::kQuery, queries_.begin), stride,
             dqkv + head_.qkv_offset(QkvPart::kKey, keys_.begin), stride, output);
}

void AttentionBackwardTile::add_to_queries(float* dq, size_t stride, Chain chain) const {
  size_t nq = queries_.end - queries_.begin, nk = keys_.end - keys_.begin;
  gemm_block(Transpose::kNo, Transpose::kNo, nq, head_.shape.dim, nk, dscores_, kAttentionTile,
             inputs_.saved.qkv + head_.qkv_offset(QkvPart::kKey, keys_.begin), head_.qkv_stride(),
             dq, stride, chain == Chain::kStart ? GemmOutput::kOverwrite : GemmOutput::kAccumulate);
}

}  // namespace detaudit::kernels
