#pragma once

#include <cstddef>

#include "kernels/digest.h"

namespace detaudit::instrument {

// digest(data), for big buffers by the caller and one helper thread side by side. The helper is
// started on first need, sleeps when idle, and is no part of the subject: all signals blocked, its
// birth not recorded, never waited for at exit. When it is busy or cannot be had, the caller works
// alone.
kernels::Digest digest_buffer(const void* data, size_t bytes);

// Around fork: no job may be in flight; the child has no helper until it needs one.
void pause_digest_crew();
void resume_digest_crew();
void restart_digest_crew();

}  // namespace detaudit::instrument
