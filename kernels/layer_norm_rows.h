#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/lanes.h"
#include "kernels/layer_norm.h"

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
    dx[c] = rstd * std::fma(-normal, sum_gx, g);
  }
}

// dx of `rows`; adds their part of dgamma and dbeta, row by row.
inline void layer_norm_backward_rows(size_t cols, Range rows, const LayerNormSaved& saved,
                                     const float* dy, float* dx, float* dgamma, float* dbeta) {
  for (size_t r = rows.begin; r < rows.end; ++r)
    layer_norm_backward_row(cols, saved.x + r * cols, saved.gamma, saved.mean[r], saved.rstd[r],
                            dy + r * cols, dx + r * cols, dgamma, dbeta);
}

}  // namespace detaudit::kernels
