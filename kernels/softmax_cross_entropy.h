#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/pool.h"
#include "kernels/variant.h"

namespace detaudit::kernels {

// logits and probabilities [rows][classes], labels [rows] in [0, classes).
struct SoftmaxShape {
  size_t rows, classes;
};

// Row-wise softmax; a row is computed by one block in fixed order.
void softmax(Pool& pool, SoftmaxShape shape, const float* logits, float* probabilities);

// probabilities = softmax(logits); loss = mean over rows of -log(probability of the label).
//
// kDeterministic: the rows' losses are stored, then folded as `sum` folds them: two passes.
// kAtomic: a block adds the losses of its 8 rows to `loss` atomically.
//
// `workspace`: softmax_workspace_bytes(shape), 64-byte aligned.
size_t softmax_workspace_bytes(SoftmaxShape shape);
void softmax_cross_entropy_forward(Pool& pool, Variant variant, SoftmaxShape shape,
                                   const float* logits, const int32_t* labels, float* probabilities,
                                   float* loss, void* workspace);

// dlogits = (probabilities - onehot(label)) / rows: the gradient of the mean loss.
void softmax_cross_entropy_backward(Pool& pool, SoftmaxShape shape, const float* probabilities,
                                    const int32_t* labels, float* dlogits);

}  // namespace detaudit::kernels
