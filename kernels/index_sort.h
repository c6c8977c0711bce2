#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/pool.h"

namespace detaudit::kernels {

// order = the records 0 .. n-1 sorted by keys[record], equal keys in record order. Keys are in
// [0, key_limit), n < 2^32. A stable order is unique, so the result depends on the keys alone.
// Least significant digit radix sort; no pass at all for key_limit 1.
// `workspace`: index_sort_workspace_bytes(n), 64-byte aligned.
size_t index_sort_workspace_bytes(size_t n);
void index_sort(Pool& pool, size_t n, const int32_t* keys, size_t key_limit, uint32_t* order,
                void* workspace);

}  // namespace detaudit::kernels
