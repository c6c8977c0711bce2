#pragma once

#include "kernels/cuda/stream.h"
#include "kernels/layer_norm.h"
#include "kernels/softmax_cross_entropy.h"

// Twins of kernels/layer_norm.h and softmax_cross_entropy.h: a warp takes a row. All pointers are
// the device's; scratch is the stream's.
namespace detaudit::kernels::cuda {

void layer_norm_forward(Stream& stream, MatrixShape shape, const float* x, const float* gamma,
                        const float* beta, float* y, float* mean, float* rstd);
void add_layer_norm_forward(Stream& stream, MatrixShape shape, const ResidualSum& residual,
                            const float* gamma, const float* beta, float* y, float* mean,
                            float* rstd);
void dropout_add_layer_norm_forward(Stream& stream, MatrixShape shape, const BranchDropout& dropout,
                                    const ResidualSum& residual, const float* gamma,
                                    const float* beta, float* y, float* mean, float* rstd);
void layer_norm_backward(Stream& stream, Variant variant, MatrixShape shape, LayerNormSaved saved,
                         LayerNormUpstream upstream, LayerNormGradients gradients,
                         void* workspace = nullptr);

void softmax(Stream& stream, SoftmaxShape shape, const float* logits, float* probabilities);
void softmax_cross_entropy_forward(Stream& stream, Variant variant, SoftmaxShape shape,
                                   const float* logits, const int32_t* labels, float* probabilities,
                                   float* loss, void* workspace = nullptr);
void softmax_cross_entropy_backward(Stream& stream, SoftmaxShape shape, const float* probabilities,
                                    const int32_t* labels, float* dlogits);

}  // namespace detaudit::kernels::cuda
