#pragma once

#include "kernels/attention.h"
#include "kernels/cuda/stream.h"

// Twins of kernels/attention.h. All pointers are the device's; scratch is the stream's.
namespace detaudit::kernels::cuda {

void attention_forward(Stream& stream, AttentionShape shape, const float* qkv, float* output,
                       float* log_sum);
void attention_backward(Stream& stream, Variant variant, AttentionShape shape, AttentionSaved saved,
                        const float* doutput, float* dqkv, void* workspace = nullptr);

}  // namespace detaudit::kernels::cuda
