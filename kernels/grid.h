#pragma once

#include <functional>

#include "kernels/pool.h"

namespace detaudit::kernels {

// pool.launch for a closure of any size: by reference, since std::function would copy a large one
// to the heap and nothing may allocate in a training step.
template <typename Body>
void launch_grid(Pool& pool, size_t blocks, const Body& body) {
  pool.launch(blocks, std::cref(body));
}

// body(begin, end) over pieces of [0, n), for elementwise loops.
template <typename Body>
void launch_elementwise(Pool& pool, size_t n, const Body& body) {
  constexpr size_t kGrain = 8192;
  launch_grid(pool, block_count(n, kGrain), [&](size_t block, unsigned) {
    Range range = block_range(block, n, kGrain);
    body(range.begin, range.end);
  });
}

}  // namespace detaudit::kernels
