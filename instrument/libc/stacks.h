#pragma once

#include <pthread.h>

#include <cstddef>

namespace detaudit::instrument {

// Fresh stack memory follows the run's fill as fresh heap memory does: what a thread reads of it
// before it has written it is then no accident of what ran there before.

// How much of the stack of a thread born with these attributes may be filled; 0 when the run fills
// none, or when the stack is the subject's own memory. In a ProbeScope.
size_t fillable_stack(const pthread_attr_t* attributes);

// Fills what lies below the caller's frame: half of what is left of `stack_bytes`, at most 32 KiB.
void fill_stack(size_t stack_bytes);

}  // namespace detaudit::instrument
