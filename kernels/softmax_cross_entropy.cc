#include "kernels/softmax_cross_entropy.h"

#include "kernels/atomic_add.h"
#include "kernels/grid.h"
#include "kernels/lanes.h"
#include "kernels/math.h"
#include "kernels/softmax_rows.h"

namespace detaudit::kernels {
namespace {

constexpr size_t kRowsPerBlock = kSoftmaxRowsPerBlock;
constexpr size_t kRowsPerAtomicBlock = 2;

}  // namespace

void softmax(Pool& pool, SoftmaxShape shape, const float* logits, float* probabilities) {
  launch_grid(pool, block_count(shape.rows, kRowsPerBlock), [&](size_t block, unsigned) {
    Range rows = block_range(block, shape.rows, kRowsPerBlock);
    for (size_t r = rows.begin; r < rows.end; ++r)
      softmax_row(shape.classes, logits + r * shape.classes, probabilities + r * shape.classes);
  });
}

size_t softmax_workspace_bytes(SoftmaxShape shape) { return shape.rows * sizeof(float); }

void softmax_cross_entropy_forward(Pool& pool, Variant variant, SoftmaxShape shape,
                                   const float* logits, const int32_t* labels, float* probabilities,
                                   float* loss, void* workspace) {
  float* losses = static_cast<float*>(workspace);
  float scale = 1 / static_cast<float>(shape.rows);
  // The atomic version takes a block a few rows, as a GPU would: each adds its part as it arrives.
  size_t grain = variant == Variant::kAtomic ? kRowsPerAtomicBlock : kRowsPerBlock;
  if (variant == Variant::kAtomic) *loss = 0;
  launch_grid(pool, block_count(shape.rows, grain), [&](size_t block, unsigned) {
    Range rows = block_range(block, shape.rows, grain);
    softmax_row_losses(shape, rows, logits, labels, probabilities, losses);
    if (variant == Variant::kAtomic)
      atomic_add(*loss, sum_lanes(losses + rows.begin, rows.end - rows.begin) * scale);
  });
  if (variant == Variant::kDeterministic) *loss = canonical(sum_lanes(losses, shape.rows) * scale);
}

void softmax_cross_entropy_backward(Pool& pool, SoftmaxShape shape, const float* probabilities,
                                    const int32_t* labels, float* dlogits) {
  float scale = 1 / static_cast<float>(shape.rows);
  launch_grid(pool, block_count(shape.rows, kRowsPerBlock), [&](size_t block, unsigned) {
    Range rows = block_range(block, shape.rows, kRowsPerBlock);
    for (size_t r = rows.begin; r < rows.end; ++r) {
      const float* p = probabilities + r * shape.classes;
      float* d = dlogits + r * shape.classes;
      for (size_t c = 0; c < shape.classes; ++c) d[c] = canonical(p[c] * scale);
      d[labels[r]] = canonical((p[labels[r]] - 1) * scale);
    }
  });
}

}  // namespace detaudit::kernels
