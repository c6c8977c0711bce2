#pragma once

#include <cstddef>
#include <cstdint>

namespace detaudit::instrument {

// What stands for entropy when the run pins it: a stream that depends on the seed, the calling
// thread's lane and how often that thread drew. Not secret, and not meant to be. In a ProbeScope.
bool entropy_is_pinned();
uint64_t next_draw_seed();
void fill_from_stream(uint64_t seed, void* to, size_t bytes);
void fill_pinned(void* to, size_t bytes);

// A file descriptor that reads as a pinned /dev/urandom, for 1 MiB. -1 when there is none.
int open_pinned_device(bool close_on_exec);
int open_pinned_uuid(bool close_on_exec);  // one of the kernel's random uuids, and a new line

}  // namespace detaudit::instrument
