#pragma once

#include "kernels/channel_sum.h"
#include "kernels/column_sum.h"
#include "kernels/cuda/stream.h"
#include "kernels/sum.h"

// Twins of kernels/sum.h, column_sum.h and channel_sum.h. All pointers are the device's; scratch is
// the stream's, workspaces are not looked at.
namespace detaudit::kernels::cuda {

void sum(Stream& stream, Variant variant, size_t n, const float* x, float* result,
         void* workspace = nullptr);
void sum_of_squares(Stream& stream, Variant variant, size_t n, const float* x, float* result,
                    void* workspace = nullptr);

void column_sum(Stream& stream, Variant variant, MatrixShape shape, const float* x, float* result,
                void* workspace = nullptr);

void channel_sum(Stream& stream, Variant variant, const ChannelShape& shape, const float* x,
                 float* out, float* workspace = nullptr);

// result[c] = (add ? result[c] : 0) + sum over r of partials[r][c], in index order: how partials of
// fixed chunks become one row.
enum class FoldInto { kZeros, kResult };
void fold_rows(Stream& stream, size_t rows, size_t cols, const float* partials, float* result,
               FoldInto into = FoldInto::kZeros);

}  // namespace detaudit::kernels::cuda
