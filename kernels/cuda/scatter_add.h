#pragma once

#include "kernels/cuda/stream.h"
#include "kernels/scatter_add.h"

// Twins of kernels/scatter_add.h and index_sort.h. All pointers are the device's; scratch is the
// stream's.
namespace detaudit::kernels::cuda {

void scatter_add(Stream& stream, Variant variant, ScatterShape shape, const int32_t* indices,
                 const float* source, float* table, void* workspace = nullptr);

void embedding_forward(Stream& stream, ScatterShape shape, const int32_t* indices,
                       const float* table, PositionRows positions, float* y);
void embedding_backward(Stream& stream, Variant variant, ScatterShape shape, const int32_t* indices,
                        const float* dy, float* dtable, void* workspace = nullptr);

// order = the records 0 .. n-1 sorted stably by key, which is unique; `other` holds n more,
// `counts` index_sort_counts(n). n < 2^32. The result is in `order`.
size_t index_sort_counts(size_t n);
void index_sort(Stream& stream, size_t n, const int32_t* keys, size_t key_limit, uint32_t* order,
                uint32_t* other, uint32_t* counts);

}  // namespace detaudit::kernels::cuda
