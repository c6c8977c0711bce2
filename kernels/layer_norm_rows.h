#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/dropout_mask.h"
#include "kernels/lanes.h"
#include "kernels/layer_norm.h"
#include "kernels/math.h"

namespace detaudit::kernels {

// Rows whose parts of dgamma and dbeta are summed before they are shared: depends on rows alone.
inline size_t layer_norm_row_chunk(size_t rows) { return std::max<size_t>(32, rows / 64); }

// One row's dx; adds the row's part of dgamma and dbeta to `dgamma` and `dbeta`.
inline void layer_norm_backward_row(size_t cols, const float* __restrict x,
                                    const float* __restrict gamma, float mean, float rstd,
                                    const float* __restrict dy, float* __restrict dx,
                                    float* __restrict dgamma, float* __restrict dbeta) {
  float n = static_cast<float>(cols);
  float sum_g =
      fold_lanes(cols, [=](Lanes acc, auto at) { return fma(at(dy), at(gamma), acc); }) / n;
  float sum_gx = fold_lanes(cols,
                            [=](Lanes acc, auto at) {
                              Lanes normal = (at(x) - broadcast(mean)) * broadcast(rstd);
                              return fma(at(dy) * at(gamma), normal, acc);
                            }) /
                 n;
  for (size_t c = 0; c < cols; ++c) {
    float normal = (x[c] - mean) * rstd;
    float g = std::fma(dy[c], gamma[c], -sum_g);
    dgamma[c] = std::fma(dy[c], normal, dgamma[c]);
    dbeta[c] += dy[c];
    dx[c] = canonical(rstd * std::fma(-normal, sum_gx, g));
  }
}

// dx, and dbranch, of `rows`; adds their part of dgamma and dbeta to those of `gradients`, row by
// row.
inline void layer_norm_backward_rows(size_t cols, Range rows, const LayerNormSaved& saved,
                                     const LayerNormUpstream& upstream,
                                     const LayerNormGradients& gradients) {
  const float scale = 1 / (1 - saved.rate);
  for (size_t r = rows.begin; r < rows.end; ++r) {
    const size_t first = r * cols;
    float* dx = gradients.dx + first;
    layer_norm_backward_row(cols, saved.x + first, saved.gamma, saved.mean[r], saved.rstd[r],
                            upstream.dy + first, dx, gradients.dgamma, gradients.dbeta);
    if (upstream.past)
      for (size_t c = 0; c < cols; ++c) dx[c] = canonical(dx[c] + upstream.past[first + c]);
    if (saved.mask)
      for (size_t c = 0; c < cols; ++c)
        gradients.dbranch[first + c] = dropped(saved.mask[first + c], scale, dx[c]);
  }
}

}  // namespace detaudit::kernels
