#include "kernels/layer_norm.h"

#include <algorithm>
#include <cmath>

#include "kernels/atomic_add.h"
#include "kernels/column_tile.h"
#include "kernels/dropout_mask.h"
#include "kernels/grid.h"
#include "kernels/lanes.h"
#include "kernels/layer_norm_rows.h"
#include "kernels/math.h"

namespace detaudit::kernels {
namespace {

constexpr size_t kForwardRows = 32;

void normalise_row(size_t cols, const float* x, const float* gamma, const float* beta, float* y,
                   float& mean, float& rstd) {
  float m = sum_lanes(x, cols) / static_cast<float>(cols);
  float squares = fold_lanes(cols, [=](Lanes acc, auto at) {
    Lanes centred = at.only(at(x) - broadcast(m));
    return fma(centred, centred, acc);
  });
  float s = 1 / std::sqrt(squares / static_cast<float>(cols) + kLayerNormEpsilon);
  for (size_t c = 0; c < cols; ++c) y[c] = canonical(std::fma((x[c] - m) * s, gamma[c], beta[c]));
  mean = canonical(m);
  rstd = canonical(s);
}

// make(begin, end) leaves those elements in x, for a block's rows before they are normalised.
template <typename Make>
void normalise_rows(Pool& pool, MatrixShape shape, const Make& make, const float* x,
                    const float* gamma, const float* beta, float* y, float* mean, float* rstd) {
  launch_grid(pool, block_count(shape.rows, kForwardRows), [&](size_t block, unsigned) {
    Range rows = block_range(block, shape.rows, kForwardRows);
    make(rows.begin * shape.cols, rows.end * shape.cols);
    for (size_t r = rows.begin; r < rows.end; ++r)
      normalise_row(shape.cols, x + r * shape.cols, gamma, beta, y + r * shape.cols, mean[r],
                    rstd[r]);
  });
}

}  // namespace

void layer_norm_forward(Pool& pool, MatrixShape shape, const float* x, const float* gamma,
                        const float* beta, float* y, float* mean, float* rstd) {
  normalise_rows(
      pool, shape, [](size_t, size_t) {}, x, gamma, beta, y, mean, rstd);
}

void add_layer_norm_forward(Pool& pool, MatrixShape shape, const ResidualSum& residual,
                            const float* gamma, const float* beta, float* y, float* mean,
                            float* rstd) {
  auto [trunk, branch, sum] = residual;
  auto add = [=](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) sum[i] = canonical(trunk[i] + branch[i]);
  };
  normalise_rows(pool, shape, add, sum, gamma, beta, y, mean, rstd);
}

void dropout_add_layer_norm_forward(Pool& pool, MatrixShape shape, const BranchDropout& dropout,
                                    const ResidualSum& residual, const float* gamma,
                                    const float* beta, float* y, float* mean, float* rstd) {
  auto [trunk, branch, sum] = residual;
  auto [state, rate, mask] = dropout;
  float scale = 1 / (1 - rate);
  auto add = [=](size_t begin, size_t end) {
    draw_mask(*state, rate, begin, end, mask);
    for (size_t i = begin; i < end; ++i)
      sum[i] = canonical(trunk[i] + dropped(mask[i], scale, branch[i]));
  };
  normalise_rows(pool, shape, add, sum, gamma, beta, y, mean, rstd);
  philox_advance(*state, block_count(shape.rows * shape.cols, 4));
}

size_t layer_norm_workspace_bytes(MatrixShape shape) {
  return 2 * block_count(shape.rows, layer_norm_row_chunk(shape.rows)) * shape.cols * sizeof(float);
}

void layer_norm_backward(Pool& pool, Variant variant, MatrixShape shape, LayerNormSaved saved,
                         LayerNormUpstream upstream, LayerNormGradients gradients,
                         void* workspace) {
  size_t cols = shape.cols, grain = layer_norm_row_chunk(shape.rows);
  size_t chunks = block_count(shape.rows, grain);
  float* partials_gamma = static_cast<float*>(workspace);
  float* partials_beta = partials_gamma + chunks * cols;
  if (variant == Variant::kAtomic) {
    std::fill_n(gradients.dgamma, cols, 0.0f);
    std::fill_n(gradients.dbeta, cols, 0.0f);
  }
  launch_grid(pool, chunks, [&](size_t chunk, unsigned) {
    float* dgamma = partials_gamma + chunk * cols;
    float* dbeta = partials_beta + chunk * cols;
    std::fill_n(dgamma, cols, 0.0f);
    std::fill_n(dbeta, cols, 0.0f);
    Range rows = block_range(chunk, shape.rows, grain);
    layer_norm_backward_rows(cols, rows, saved, upstream,
                             {gradients.dx, dgamma, dbeta, gradients.dbranch});
    if (variant == Variant::kDeterministic) return;
    atomic_add(gradients.dgamma, dgamma, cols);
    atomic_add(gradients.dbeta, dbeta, cols);
  });
  if (variant == Variant::kAtomic) return;
  fold_rows(pool, chunks, cols, partials_gamma, gradients.dgamma);
  fold_rows(pool, chunks, cols, partials_beta, gradients.dbeta);
}

}  // namespace detaudit::kernels
