#include "kernels/cuda/rows.h"

#include <algorithm>

#include "kernels/cuda/atomic.cuh"
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/rows.cuh"
#include "kernels/cuda/sums.h"
#include "kernels/dropout_mask.h"
#include "kernels/philox_words.h"

namespace detaudit::kernels::cuda {
namespace {

// A sum that a norm begins with: of trunk and branch, whose dropout is drawn where there is a mask.
struct RowSum {
  ResidualSum residual;
  Philox state;
  float rate;
  uint8_t* mask;

  DETAUDIT_DEVICE float store(size_t at) const {
    float branch = residual.branch[at];
    if (mask != nullptr) {
      const std::array<uint32_t, 4> words = philox_words(state, at / 4);
      const bool kept = unit_float(words[at % 4]) >= rate;
      mask[at] = kept;
      branch = dropped(kept, 1 / (1 - rate), branch);
    }
    return residual.sum[at] = canonical(residual.trunk[at] + branch);
  }
};

// A lane stores what it will read again: elements of its own.
struct LayerNormForward : RowKernel {
  MatrixShape shape;
  RowSum made;  // where its sum is not null, x
  const float *x, *gamma, *beta;
  float *y, *mean, *rstd;

  template <class Block>
  DETAUDIT_DEVICE void run(Block& block, Shared& shared) const {
    RowBlock<Block> rows(block, shared, shape.rows);
    const size_t cols = shape.cols;
    const float n = static_cast<float>(cols);
    typename Block::template PerThread<float> means;
    rows.turn(
        [&](unsigned, size_t row, unsigned lane) {
          return lane_of_fold(cols, lane, [&](float acc, size_t i, bool inside) {
            if (!inside) return acc + 0.0f;
            return acc + (made.residual.sum ? made.store(row * cols + i) : x[row * cols + i]);
          });
        },
        [&](unsigned thread, size_t, unsigned, const float* lanes) {
          means[thread] = fold32(lanes) / n;
        });
    rows.turn(
        [&](unsigned thread, size_t row, unsigned lane) {
          const float m = means[thread];
          return lane_of_fold(cols, lane, [&](float acc, size_t i, bool inside) {
            const float centred = inside ? x[row * cols + i] - m : 0.0f;
            return fma(centred, centred, acc);
          });
        },
        [&](unsigned thread, size_t row, unsigned lane, const float* lanes) {
          const float m = means[thread];
          const float s = 1 / rounded_sqrt(fold32(lanes) / n + kLayerNormEpsilon);
          for (size_t c = lane; c < cols; c += kFoldLanes)
            y[row * cols + c] = canonical(fma((x[row * cols + c] - m) * s, gamma[c], beta[c]));
          if (lane > 0) return;
          mean[row] = canonical(m);
          rstd[row] = canonical(s);
        });
  }
};

// dx and dbranch.
struct LayerNormBackward : RowKernel {
  MatrixShape shape;
  LayerNormSaved saved;
  LayerNormUpstream upstream;
  float *dx, *dbranch;

  template <class Block>
  DETAUDIT_DEVICE void run(Block& block, Shared& shared) const {
    RowBlock<Block> rows(block, shared, shape.rows);
    const size_t cols = shape.cols;
    const float n = static_cast<float>(cols);
    const float* dy = upstream.dy;
    typename Block::template PerThread<float> sums;
    rows.turn(
        [&](unsigned, size_t row, unsigned lane) {
          return lane_of_fold(cols, lane, [&](float acc, size_t i, bool inside) {
            return fma(inside ? dy[row * cols + i] : 0.0f, inside ? saved.gamma[i] : 0.0f, acc);
          });
        },
        [&](unsigned thread, size_t, unsigned, const float* lanes) {
          sums[thread] = fold32(lanes) / n;
        });
    rows.turn(
        [&](unsigned, size_t row, unsigned lane) {
          const float mean = saved.mean[row], rstd = saved.rstd[row];
          return lane_of_fold(cols, lane, [&](float acc, size_t i, bool inside) {
            const float normal = ((inside ? saved.x[row * cols + i] : 0.0f) - mean) * rstd;
            const float g = inside ? dy[row * cols + i] * saved.gamma[i] : 0.0f;
            return fma(g, normal, acc);
          });
        },
        [&](unsigned thread, size_t row, unsigned lane, const float* lanes) {
          const float sum_gx = fold32(lanes) / n, sum_g = sums[thread];
          const float mean = saved.mean[row], rstd = saved.rstd[row];
          for (size_t c = lane; c < cols; c += kFoldLanes) {
            const size_t at = row * cols + c;
            const float normal = (saved.x[at] - mean) * rstd;
            const float g = fma(dy[at], saved.gamma[c], -sum_g);
            float gradient = canonical(rstd * fma(-normal, sum_gx, g));
            if (upstream.past != nullptr) gradient = canonical(gradient + upstream.past[at]);
            dx[at] = gradient;
            if (saved.mask != nullptr)
              dbranch[at] = dropped(saved.mask[at], 1 / (1 - saved.rate), gradient);
          }
        });
  }
};

// Parts of dgamma and dbeta of chunks of rows, top to bottom; a thread takes a column of a chunk.
struct LayerNormChunks {
  static constexpr unsigned kThreads = 64;
  using Shared = NoShared;
  MatrixShape shape;
  size_t chunk_rows;
  LayerNormSaved saved;
  const float* dy;
  float *dgamma, *dbeta;
  Variant variant;

  template <class Block>
  DETAUDIT_DEVICE void run(Block& block, Shared&) const {
    const size_t tiles = (shape.cols + kThreads - 1) / kThreads;
    const size_t chunk = block.index() / tiles;
    block.each([&](unsigned thread) {
      const size_t c = block.index() % tiles * kThreads + thread;
      if (c >= shape.cols) return;
      const size_t begin = chunk * chunk_rows;
      const size_t end = begin + chunk_rows < shape.rows ? begin + chunk_rows : shape.rows;
      float gamma = 0, beta = 0;
      for (size_t row = begin; row < end; ++row) {
        const size_t at = row * shape.cols + c;
        gamma = fma(dy[at], (saved.x[at] - saved.mean[row]) * saved.rstd[row], gamma);
        beta += dy[at];
      }
      if (variant == Variant::kAtomic) {
        atomic_add(dgamma + c, gamma);
        atomic_add(dbeta + c, beta);
      } else {
        dgamma[chunk * shape.cols + c] = gamma;
        dbeta[chunk * shape.cols + c] = beta;
      }
    });
  }
};

// Softmax of rows; with labels, the rows' losses too.
struct SoftmaxRows : RowKernel {
  SoftmaxShape shape;
  const float* logits;
  const int32_t* labels;
  float *probabilities, *losses;

  template <class Block>
  DETAUDIT_DEVICE void run(Block& block, Shared& shared) const {
    RowBlock<Block> rows(block, shared, shape.rows);
    const size_t classes = shape.classes;
    typename Block::template PerThread<float> largest;
    rows.turn(
        [&](unsigned, size_t row, unsigned lane) {
          float most = -kInf;
          for (size_t c = lane; c < classes; c += kFoldLanes)
            most = larger(most, logits[row * classes + c]);
          return most;
        },
        [&](unsigned thread, size_t, unsigned, const float* lanes) {
          largest[thread] = max_of_lanes(lanes);
        });
    rows.turn(
        [&](unsigned thread, size_t row, unsigned lane) {
          const float most = largest[thread];
          return lane_of_fold(classes, lane, [&](float acc, size_t c, bool inside) {
            if (!inside) return acc + 0.0f;
            const float y = exp(logits[row * classes + c] - most);
            probabilities[row * classes + c] = y;
            return acc + y;
          });
        },
        [&](unsigned thread, size_t row, unsigned lane, const float* lanes) {
          const float total = fold32(lanes), scale = 1 / total;
          for (size_t c = lane; c < classes; c += kFoldLanes) {
            const size_t at = row * classes + c;
            probabilities[at] = canonical(probabilities[at] * scale);
          }
          if (lane == 0 && labels != nullptr)
            losses[row] = log(total) + largest[thread] - logits[row * classes + labels[row]];
        });
  }
};

// The mean of the rows' losses: kDeterministic folds them all, one warp; kAtomic: a warp adds 32.
struct MeanLoss {
  static constexpr unsigned kThreads = kFoldLanes;
  struct Shared {
    float lanes[kFoldLanes];
  };
  size_t rows, rows_of_block;
  const float* losses;
  float* loss;
  Variant variant;

  template <class Block>
  DETAUDIT_DEVICE void run(Block& block, Shared& shared) const {
    const size_t begin = block.index() * rows_of_block;
    const size_t count = rows - begin < rows_of_block ? rows - begin : rows_of_block;
    block.each([&](unsigned lane) {
      shared.lanes[lane] = lane_of_fold(count, lane, [&](float acc, size_t i, bool inside) {
        return acc + (inside ? losses[begin + i] : 0.0f);
      });
    });
    block.each([&](unsigned lane) {
      if (lane > 0) return;
      const float mean = fold32(shared.lanes) * (1 / static_cast<float>(rows));
      if (variant == Variant::kAtomic)
        atomic_add(loss, mean);
      else
        *loss = canonical(mean);
    });
  }
};

void launch_rows(Stream& stream, size_t rows, const auto& kernel) {
  launch(stream, block_count(rows, RowKernel::kRows), kernel);
}

}  // namespace

void layer_norm_forward(Stream& stream, MatrixShape shape, const float* x, const float* gamma,
                        const float* beta, float* y, float* mean, float* rstd) {
  launch_rows(stream, shape.rows, LayerNormForward{{}, shape, {}, x, gamma, beta, y, mean, rstd});
}

void add_layer_norm_forward(Stream& stream, MatrixShape shape, const ResidualSum& residual,
                            const float* gamma, const float* beta, float* y, float* mean,
                            float* rstd) {
  const RowSum made{residual, {}, 0, nullptr};
  launch_rows(stream, shape.rows,
              LayerNormForward{{}, shape, made, residual.sum, gamma, beta, y, mean, rstd});
}

void dropout_add_layer_norm_forward(Stream& stream, MatrixShape shape, const BranchDropout& dropout,
                                    const ResidualSum& residual, const float* gamma,
                                    const float* beta, float* y, float* mean, float* rstd) {
  const RowSum made{residual, *dropout.state, dropout.rate, dropout.mask};
  launch_rows(stream, shape.rows,
              LayerNormForward{{}, shape, made, residual.sum, gamma, beta, y, mean, rstd});
  philox_advance(*dropout.state, block_count(shape.rows * shape.cols, 4));
}

void layer_norm_backward(Stream& stream, Variant variant, MatrixShape shape, LayerNormSaved saved,
                         LayerNormUpstream upstream, LayerNormGradients gradients, void*) {
  launch_rows(stream, shape.rows,
              LayerNormBackward{{}, shape, saved, upstream, gradients.dx, gradients.dbranch});
  const float* dy = upstream.dy;
  const size_t chunk_rows = std::max<size_t>(32, shape.rows / 64), cols = shape.cols;
  const size_t chunks = block_count(shape.rows, chunk_rows);
  const size_t blocks = chunks * block_count(cols, LayerNormChunks::kThreads);
  if (variant == Variant::kAtomic) {
    fill(stream, cols, 0.0f, gradients.dgamma);
    fill(stream, cols, 0.0f, gradients.dbeta);
    return launch(
        stream, blocks,
        LayerNormChunks{shape, chunk_rows, saved, dy, gradients.dgamma, gradients.dbeta, variant});
  }
  float* gamma = stream.scratch_floats(2 * chunks * cols);
  float* beta = gamma + chunks * cols;
  launch(stream, blocks, LayerNormChunks{shape, chunk_rows, saved, dy, gamma, beta, variant});
  fold_rows(stream, chunks, cols, gamma, gradients.dgamma);
  fold_rows(stream, chunks, cols, beta, gradients.dbeta);
}

void softmax(Stream& stream, SoftmaxShape shape, const float* logits, float* probabilities) {
  launch_rows(stream, shape.rows, SoftmaxRows{{}, shape, logits, nullptr, probabilities, nullptr});
}

void softmax_cross_entropy_forward(Stream& stream, Variant variant, SoftmaxShape shape,
                                   const float* logits, const int32_t* labels, float* probabilities,
                                   float* loss, void*) {
  constexpr size_t kAtomicRows = 32;
  float* losses = stream.scratch_floats(shape.rows);
  launch_rows(stream, shape.rows, SoftmaxRows{{}, shape, logits, labels, probabilities, losses});
  if (variant == Variant::kDeterministic)
    return launch(stream, 1, MeanLoss{shape.rows, shape.rows, losses, loss, variant});
  fill(stream, 1, 0.0f, loss);
  launch(stream, block_count(shape.rows, kAtomicRows),
         MeanLoss{shape.rows, kAtomicRows, losses, loss, variant});
}

void softmax_cross_entropy_backward(Stream& stream, SoftmaxShape shape, const float* probabilities,
                                    const int32_t* labels, float* dlogits) {
  const float scale = 1 / static_cast<float>(shape.rows);
  launch_each(stream, shape.rows * shape.classes, [=] DETAUDIT_DEVICE_LAMBDA(size_t i) {
    const size_t row = i / shape.classes, c = i % shape.classes;
    const float p = probabilities[i];
    const bool label = c == static_cast<size_t>(labels[row]);
    dlogits[i] = canonical((label ? p - 1 : p) * scale);
  });
}

}  // namespace detaudit::kernels::cuda
