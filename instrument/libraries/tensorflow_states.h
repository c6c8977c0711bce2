#pragma once

#include <cstdint>

#include "kernels/digest.h"

namespace detaudit::instrument {

// What is known of state that an operation reaches by a handle: a variable's bytes, a table, a
// generator. It is known by a digest of what made it so: of its bytes where they
// were seen, else of the operations that changed it and what they were given. Equal digests are
// equal states. Thread-safe.
bool find_state(uint64_t of, kernels::Digest& digest);
void keep_state(uint64_t of, const kernels::Digest& digest);

// What a kernel of an execution wrote, by its place, so that those that read it need not digest it
// again. As long as it is an input in that execution nobody writes it but by becoming an output
// there, which is kept anew: a kernel writes over an input that nobody else holds, or over memory that
// is free. The newest of each remainder.
bool find_output(int64_t step_id, const void* data, uint64_t bytes, kernels::Digest& digest);
void keep_output(int64_t step_id, const void* data, uint64_t bytes, const kernels::Digest& digest);

}  // namespace detaudit::instrument
