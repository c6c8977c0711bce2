#pragma once

#include <sys/types.h>

#include <cstddef>

namespace detaudit::instrument {

// What the C library's functions and raw system calls of one meaning share. `site` is the subject's.

// Notes the reading; true when the run wants `to` filled from its own stream instead.
bool take_over_entropy(const char* function, const void* site, void* to, size_t bytes);

// Process and thread ids as the run wants them seen: the real ones, or pinned to numbers of their
// lanes that no real process has, so that a signal meant for one reaches nobody else.
pid_t seen_process_id(const char* function, const void* site);
pid_t seen_parent_id(const char* function, const void* site);
pid_t seen_thread_id(const char* function, const void* site);

}  // namespace detaudit::instrument
