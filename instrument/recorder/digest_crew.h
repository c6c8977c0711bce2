#pragma once

#include <span>

#include "instrument/recorder/operations.h"

namespace detaudit::instrument {

// Fills in the digests of declared buffers. Big ones are digested by several threads: by the pool
// that the calling thread lent (detaudit_parallel), whose threads are awake and have written the
// buffer; else, where it is big enough to be worth waking someone, by one helper thread beside the
// caller. The helper is started on first need, sleeps when idle, and is no part of the subject: all
// signals blocked, its birth not recorded, never waited for at exit. When nobody can be had, the
// caller works alone.
void digest_buffers(std::span<DeclaredBuffer> buffers);

// Around fork: no job may be in flight; the child has no helper until it needs one.
void pause_digest_crew();
void resume_digest_crew();
void restart_digest_crew();

}  // namespace detaudit::instrument
